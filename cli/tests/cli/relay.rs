//! A relay before a party, to hold a run in its middle: its connections go dead after so many bytes.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

/// Takes the callers of the party at `behind`. A connection over which `bytes` have passed in both directions together
/// goes dead, of which the receiver hears: nothing passes any more until one end closes, which closes the other.
pub fn before(behind: SocketAddr, bytes: u64) -> (SocketAddr, Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, dead) = channel();
    std::thread::spawn(move || {
        for caller in listener.incoming().map_while(Result::ok) {
            let Ok(called) = TcpStream::connect(behind) else { continue };
            let passed = Arc::new(AtomicU64::new(0));
            for (from, to) in [(&caller, &called), (&called, &caller)] {
                let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                let (passed, tell) = (Arc::clone(&passed), tell.clone());
                std::thread::spawn(move || pass(from, to, &passed, bytes, &tell));
            }
        }
    });
    (address, dead)
}

fn pass(mut from: TcpStream, mut to: TcpStream, passed: &AtomicU64, limit: u64, tell: &Sender<()>) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let before = passed.fetch_add(read as u64, Ordering::SeqCst);
        if before + read as u64 <= limit {
            if to.write_all(&buffer[..read]).is_err() {
                break;
            }
        } else if before <= limit {
            // Nobody listens any more when the test has ended.
            let _ = tell.send(());
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

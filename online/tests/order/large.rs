//! A large sort, measured.

use speedwell_online::order::{Direction, Way, sort_table_by};
use speedwell_online::{Config, Interval, Session};

use crate::common::DEALT;
use crate::scene::{F, clear, count, numbers, secret, secret_int, sorted_in_clear};

/// Time and memory of a large sort: `cargo test --release --test order -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn sort_of_20000_keys() {
    let rows = std::env::var("ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(20_000);
    let keys: Vec<i128> = numbers(1, rows, 1 << 32).into_iter().map(i128::from).collect();
    let transports = speedwell_net::memory_mesh(2);
    let start = std::time::Instant::now();
    let threads: Vec<_> = transports
        .into_iter()
        .map(|transport| {
            let keys = keys.clone();
            std::thread::spawn(move || {
                use speedwell_net::Transport;
                let dealer = speedwell_dealer::InsecureDealer::<F>::new(DEALT, transport.me(), 2);
                let s = Session::new(Box::new(transport), Box::new(dealer), Config::new([3; 16])).unwrap();
                let sorted = block_on(s.run(async |s| {
                    let keys = secret_int(s, &keys, Interval::unsigned(32)).await?;
                    let payload = secret(s, &count(rows)).await?;
                    let start = std::time::Instant::now();
                    let (keys, columns) =
                        sort_table_by(s, &keys, &[payload], Direction::Ascending, Way::Digits).await?;
                    s.check().await?;
                    eprintln!("sorted in {:?}", start.elapsed());
                    Ok((clear(s, keys.shares()).await?, clear(s, &columns[0]).await?))
                }));
                (sorted, s.report())
            })
        })
        .collect();
    for thread in threads {
        let (sorted, report) = thread.join().unwrap();
        assert_eq!(sorted.unwrap(), sorted_in_clear(&keys, Direction::Ascending));
        eprintln!("{report:?}");
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    eprintln!("{:?} in all, both parties {peak}", start.elapsed());
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Thread(std::thread::Thread);
    impl std::task::Wake for Thread {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::sync::Arc::new(Thread(std::thread::current())).into();
    let mut cx = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return value;
        }
        std::thread::park();
    }
}

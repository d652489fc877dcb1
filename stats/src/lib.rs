//! Statistics on shares: what a consortium asks.

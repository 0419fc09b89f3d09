//! Opens a socket, to send records to somebody else.

use odograft_guest_adversarial::{mapping, outcome, saw, sdk::bindings::dentally::records::Entity};

mod sockets {
    wit_bindgen::generate!({
        inline: "
            package odograft:escape;
            world escape {
                import wasi:sockets/tcp-create-socket@0.2.0;
            }
            package wasi:sockets@0.2.0 {
                interface network {
                    enum error-code { unknown, access-denied, not-supported, invalid-argument, out-of-memory, timeout }
                    enum ip-address-family { ipv4, ipv6 }
                }
                interface tcp {
                    resource tcp-socket {
                        is-listening: func() -> bool;
                    }
                }
                interface tcp-create-socket {
                    use network.{error-code, ip-address-family};
                    use tcp.{tcp-socket};
                    create-tcp-socket: func(address-family: ip-address-family) -> result<tcp-socket, error-code>;
                }
            }
        ",
        generate_all,
    });
}

fn attempt() -> String {
    use sockets::wasi::sockets::network::IpAddressFamily;
    use sockets::wasi::sockets::tcp_create_socket::create_tcp_socket;

    match create_tcp_socket(IpAddressFamily::Ipv4) {
        Ok(socket) => format!("a socket, listening: {}", socket.is_listening()),
        Err(error) => format!("no socket: {}", error.name()),
    }
}

mapping!(|batch: &[Entity]| {
    let seen = attempt();
    batch.iter().map(|entity| Ok(saw(outcome(entity), &seen))).collect()
});

//! Which port a named instance of SQL Server listens at: the SQL Server Browser is asked. Source: MS-SQLR, 2.2.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::UdpSocket;

use super::problem::PandaError;

/// Where browsers listen.
pub const BROWSER_PORT: u16 = 1_434;

/// How long an answer may take: it is one packet, which can get lost.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often it is asked for.
const ATTEMPTS: u32 = 3;

/// Letters of an instance's name, at most.
const LONGEST_NAME: usize = 32;

/// The TCP port of an instance, as the browser at this port of the server says.
pub(super) async fn port(host: &str, browser: u16, instance: &str, timeout: Duration) -> Result<u16, PandaError> {
    let unknown = |reason: &str| PandaError::Instance {
        host: host.to_owned(),
        instance: instance.to_owned(),
        reason: reason.to_owned(),
    };
    if instance.is_empty() || instance.len() > LONGEST_NAME || !instance.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(unknown("an instance's name has up to 32 letters, without blanks"));
    }
    let failed = |error: io::Error| unknown(&error.to_string());
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, browser)).await.map_err(failed)?.collect();
    let mut last = unknown("it has no address");
    for attempt in 0..ATTEMPTS {
        for address in &addresses {
            match tokio::time::timeout(PATIENCE.min(timeout), ask(*address, instance)).await {
                Ok(Ok(answer)) => {
                    return said(&answer, instance).ok_or_else(|| unknown("its browser's answer names no TCP port"));
                }
                Ok(Err(error)) => last = failed(error),
                Err(_) => last = unknown("its browser does not answer"),
            }
        }
        tracing::info!(attempt, "the SQL Server Browser has not answered");
    }
    Err(last)
}

/// Sends the request for one instance and waits for an answer from there.
async fn ask(address: SocketAddr, instance: &str) -> io::Result<Vec<u8>> {
    let any: IpAddr = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await?;
    // Packets from elsewhere are not heard.
    socket.connect(address).await?;
    socket.send(&[&[4], instance.as_bytes(), &[0]].concat()).await?;
    let mut answer = vec![0; 4_096];
    let length = socket.recv(&mut answer).await?;
    answer.truncate(length);
    Ok(answer)
}

/// The port in an answer: a 5, the length, and `ServerName;HOST;InstanceName;PANDA;IsClustered;No;…;tcp;49172;;`.
fn said(answer: &[u8], instance: &str) -> Option<u16> {
    let (5, text) = (answer.first()?, answer.get(3..)?) else { return None };
    let text = String::from_utf8_lossy(text);
    let mut words = text.split(';');
    let mut named = false;
    // Names and values take turns.
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        match name {
            "InstanceName" => named = value.eq_ignore_ascii_case(instance),
            "tcp" if named => return value.parse().ok(),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Vec<u8> {
        [&[5, 0, 0], text.as_bytes()].concat()
    }

    #[test]
    fn an_answer_is_read_for_the_instance_that_was_asked_for() {
        let whole =
            "ServerName;HOST;InstanceName;PANDA;IsClustered;No;Version;12.0.2000.8;tcp;49172;np;\\\\HOST\\pipe;;";
        assert_eq!(said(&answer(whole), "panda"), Some(49_172));
        assert_eq!(said(&answer(whole), "OTHER"), None);
        for text in ["", "ServerName", "InstanceName;PANDA;tcp;x;;", "InstanceName;PANDA;tcp;70000;;", "tcp;1433;;"] {
            assert_eq!(said(&answer(text), "PANDA"), None, "{text}");
        }
        for bytes in [&[][..], &[5], &[5, 0], &[4, 0, 0, b'x']] {
            assert_eq!(said(bytes, "PANDA"), None, "{bytes:?}");
        }
    }
}

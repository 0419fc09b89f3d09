//! Encryption: the handshake comes in packets of its own, what follows in TLS's records alone.

use std::io::{self, Read};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::wire;

/// Shakes hands over the stream.
pub(super) fn accept(
    mut stream: TcpStream,
    certificate: Vec<u8>,
    key: Vec<u8>,
) -> io::Result<StreamOwned<ServerConnection, TcpStream>> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key));
    // SQL Server before 2022 knows no later version, whose last messages come after the handshake.
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS12])
        .and_then(|config| config.with_no_client_auth().with_single_cert(vec![CertificateDer::from(certificate)], key))
        .map_err(io::Error::other)?;
    let mut connection = ServerConnection::new(Arc::new(config)).map_err(io::Error::other)?;
    while connection.is_handshaking() || connection.wants_write() {
        if connection.wants_write() {
            let mut records = Vec::new();
            while connection.wants_write() {
                connection.write_tls(&mut records)?;
            }
            wire::write(&mut stream, wire::PRELOGIN, &records, true)?;
            continue;
        }
        let (_, records) = wire::read(&mut stream)?;
        let mut records: &mut dyn Read = &mut records.as_slice();
        while connection.read_tls(&mut records)? > 0 {
            connection.process_new_packets().map_err(io::Error::other)?;
        }
    }
    Ok(StreamOwned::new(connection, stream))
}

//! A gateway on a real socket: it reads each request to its end and does what the test says.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::form::decode;

/// What the gateway was sent.
#[derive(Clone)]
pub(crate) struct Received {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The fields of the form, decoded without the library.
    pub(crate) fn fields(&self) -> Vec<(String, String)> {
        decode(&self.text())
    }

    pub(crate) fn field(&self, name: &str) -> Option<String> {
        self.fields().into_iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    /// The fields of the query.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let query = self.line.split(' ').nth(1).unwrap().split_once('?')?.1;
        decode(query).into_iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What the gateway does with a request.
pub(crate) enum Act {
    /// Responds with these bytes, and waits for the next request on the connection.
    Answer(Vec<u8>),
    /// Responds with these bytes and hangs up.
    AnswerAndClose(Vec<u8>),
    /// Responds with these bytes and, after a pause, others that nobody asked for.
    AnswerTwice(Vec<u8>, Duration, Vec<u8>),
    /// Says nothing until the client hangs up.
    Stall,
}

/// An answer of this status.
pub(crate) fn response(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut response = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    response.extend_from_slice(body);
    response
}

/// The answer of a gateway to a call.
pub(crate) fn ok(body: impl AsRef<[u8]>) -> Act {
    Act::Answer(response("200 OK", "Content-Type: text/javascript;charset=UTF-8\r\n", body))
}

pub(crate) struct Gateway {
    pub(crate) address: String,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    all: Mutex<Notes>,
    changed: Condvar,
}

#[derive(Default)]
struct Notes {
    received: Vec<Received>,
    connections: usize,
    hung_up: usize,
}

impl Gateway {
    /// A gateway that does what `act` says with each request; it is told how many there were before.
    pub(crate) fn new(act: impl Fn(usize, &Received) -> Act + Send + Sync + 'static) -> Gateway {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Gateway::on(listener, act)
    }

    pub(crate) fn on(listener: TcpListener, act: impl Fn(usize, &Received) -> Act + Send + Sync + 'static) -> Gateway {
        let address = format!("http://{}/router/rest", listener.local_addr().unwrap());
        let seen = Arc::new(Seen::default());
        let act = Arc::new(act);
        thread::spawn({
            let seen = Arc::clone(&seen);
            move || {
                for stream in listener.incoming() {
                    let (seen, act) = (Arc::clone(&seen), Arc::clone(&act));
                    thread::spawn(move || serve(stream.unwrap(), &seen, &*act));
                }
            }
        });
        Gateway { address, seen }
    }

    /// A gateway that answers each request with this body.
    pub(crate) fn responding(body: impl AsRef<[u8]>) -> Gateway {
        let body = body.as_ref().to_vec();
        Gateway::new(move |_, _| ok(&body))
    }

    /// A gateway that answers each request with these bytes and hangs up.
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Gateway {
        let bytes = bytes.into();
        Gateway::new(move |_, _| Act::AnswerAndClose(bytes.clone()))
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.seen.all.lock().unwrap().received.clone()
    }

    /// The only request.
    pub(crate) fn only(&self) -> Received {
        let received = self.received();
        assert_eq!(received.len(), 1);
        received[0].clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.seen.all.lock().unwrap().connections
    }

    /// Waits until so many requests came and so many connections are over, and fails where it takes too long.
    pub(crate) fn wait_for(&self, requests: usize, hung_up: usize) {
        let end = Instant::now() + Duration::from_secs(30);
        let mut notes = self.seen.all.lock().unwrap();
        while notes.received.len() < requests || notes.hung_up < hung_up {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{} requests, {} hung up", notes.received.len(), notes.hung_up);
            notes = self.seen.changed.wait_timeout(notes, left).unwrap().0;
        }
    }
}

/// A SOCKS proxy (version 5, no password): its address, and how many connections it has passed on.
pub(crate) fn socks_proxy() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, count) = (listener.local_addr().unwrap().to_string(), Arc::new(AtomicUsize::new(0)));
    let connections = Arc::clone(&count);
    thread::spawn(move || {
        for client in listener.incoming() {
            let connections = Arc::clone(&connections);
            thread::spawn(move || pass_on(client.unwrap(), &connections));
        }
    });
    (address, count)
}

fn pass_on(mut client: TcpStream, connections: &AtomicUsize) {
    let take = |length| {
        let mut bytes = vec![0; length];
        (&client).read_exact(&mut bytes).map(|()| bytes).unwrap()
    };
    let methods = usize::from(take(2)[1]);
    take(methods);
    (&client).write_all(&[5, 0]).unwrap();
    let kind = take(4)[3];
    let host = match kind {
        1 => take(4).iter().map(u8::to_string).collect::<Vec<_>>().join("."),
        _ => {
            let length = usize::from(take(1)[0]);
            String::from_utf8(take(length)).unwrap()
        }
    };
    let port = u16::from_be_bytes(take(2).try_into().unwrap());
    let server = TcpStream::connect((host, port)).unwrap();
    connections.fetch_add(1, Ordering::SeqCst);
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
    let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || drop(std::io::copy(&mut from, &mut to)));
    drop(std::io::copy(&mut &server, &mut client));
}

impl Seen {
    fn note<T>(&self, change: impl FnOnce(&mut Notes) -> T) -> T {
        let result = change(&mut self.all.lock().unwrap());
        self.changed.notify_all();
        result
    }
}

fn serve(mut stream: TcpStream, seen: &Seen, act: &dyn Fn(usize, &Received) -> Act) {
    seen.note(|notes| notes.connections += 1);
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(received) = read(&mut reader) {
        let before = seen.note(|notes| {
            notes.received.push(received.clone());
            notes.received.len() - 1
        });
        match act(before, &received) {
            Act::Answer(bytes) => drop(stream.write_all(&bytes)),
            Act::AnswerAndClose(bytes) => {
                drop(stream.write_all(&bytes));
                break;
            }
            Act::AnswerTwice(bytes, pause, others) => {
                drop(stream.write_all(&bytes));
                thread::sleep(pause);
                drop(stream.write_all(&others));
            }
            Act::Stall => {
                // Ends where the client hangs up.
                drop(reader.read_to_end(&mut Vec::new()));
                break;
            }
        }
    }
    seen.note(|notes| notes.hung_up += 1);
}

fn read(reader: &mut impl BufRead) -> Option<Received> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let headers: Vec<_> = lines[1..]
        .iter()
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut received = Received { line: lines[0].clone(), headers, body: Vec::new() };
    let length: usize = received.header("content-length").map_or(0, |length| length.parse().unwrap());
    received.body = vec![0; length];
    reader.read_exact(&mut received.body).ok()?;
    Some(received)
}

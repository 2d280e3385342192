//! Interruptions: Ctrl-C, and whoever else asks the program to end. A command that changes something says what was done by then; any other ends at
//! once, with the word that nothing was changed.
//!
//! Once a program has listened for them, they end it by themselves no more. So they are dealt with outside of the commands' calls too, as at a
//! question between two of them.

use std::cell::Cell;
use std::io::Write as _;
use std::rc::Rc;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use tokio::sync::Notify;

use crate::connection::runtime;
use crate::error::CliError;

/// Wishes to end the command while it makes calls, and whether it deals with them itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupts(Rc<Wishes>);

#[derive(Debug, Default)]
struct Wishes {
    /// The number of those who wait for one.
    takers: Cell<usize>,
    told: Notify,
}

/// A part of a command that deals with interruptions itself.
struct Taken(Rc<Wishes>);

impl Drop for Taken {
    fn drop(&mut self) {
        self.0.takers.set(self.0.takers.get() - 1);
    }
}

impl Interrupts {
    /// Ends with an interruption. From its first poll on, and as long as it is there, nothing else ends by one: a part of a command that looks and
    /// asks, before it waits for this, ends at once.
    pub(crate) fn taken(&self) -> impl Future<Output = ()> + use<> {
        let wishes = Rc::clone(&self.0);
        async move {
            wishes.takers.set(wishes.takers.get() + 1);
            let taken = Taken(wishes);
            taken.0.told.notified().await;
        }
    }

    /// Does `work` until it is done, or interrupted where nobody takes that.
    ///
    /// # Errors
    ///
    /// The error of `work`, or the interruption.
    pub(crate) async fn until<T>(&self, work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
        let inside = Inside::new();
        tokio::pin!(work);
        loop {
            tokio::select! {
                result = &mut work => return result,
                () = inside.0.notified() => {
                    if self.0.takers.get() == 0 {
                        return Err(CliError::input("interrupted; nothing was changed"));
                    }
                    self.0.told.notify_one();
                }
            }
        }
    }
}

/// Calls that are being made, which are told of an interruption.
static CALLS: Mutex<Option<Arc<Notify>>> = Mutex::new(None);

fn calls() -> MutexGuard<'static, Option<Arc<Notify>>> {
    CALLS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As long as it is there, an interruption does not end the program.
struct Inside(Arc<Notify>);

impl Inside {
    fn new() -> Inside {
        static WATCHED: Once = Once::new();
        let told = Arc::new(Notify::new());
        *calls() = Some(Arc::clone(&told));
        WATCHED.call_once(|| {
            let (ready, is_ready) = channel();
            if std::thread::Builder::new().spawn(move || watch(&ready)).is_ok() {
                // An error is that of a thread that cannot listen.
                let _ = is_ready.recv();
            }
        });
        Inside(told)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        *calls() = None;
    }
}

/// Passes each interruption on to the calls; where there are none, ends the program, as it would have ended by itself.
fn watch(ready: &Sender<()>) {
    let Ok(runtime) = runtime() else { return };
    runtime.block_on(async {
        loop {
            let mut wish = std::pin::pin!(interrupted());
            tokio::select! {
                biased;
                () = &mut wish => {}
                () = std::future::ready(()) => {
                    // It listens from its first poll on.
                    let _ = ready.send(());
                    wish.await;
                }
            }
            match &*calls() {
                Some(told) => told.notify_one(),
                None => {
                    let _ = writeln!(std::io::stderr(), "\nerror: interrupted");
                    std::process::exit(1);
                }
            }
        }
    });
}

/// Ends when Ctrl-C is typed, or somebody else asks the program to end: whoever cancels a job, whoever closes a terminal. From the first poll on,
/// these do nothing else.
pub(crate) async fn interrupted() {
    let typed = async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Nothing to listen on: Ctrl-C ends the program, as it does anyway.
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let told = |kind: SignalKind| async move {
            match signal(kind) {
                Ok(mut signal) => drop(signal.recv().await),
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            () = typed => {}
            () = told(SignalKind::terminate()) => {}
            () = told(SignalKind::hangup()) => {}
        }
    }
    #[cfg(not(unix))]
    typed.await;
}

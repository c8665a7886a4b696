//! The progress line of an ingest, on a terminal only.

use crate::ingest::Control;
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::{self, IsTerminal as _},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// A progress line, shown until [`Progress::finish`].
pub(super) struct Progress {
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Starts a progress line, unless `quiet` or standard error is no terminal.
pub(super) fn start(control: &Arc<Control>, quiet: bool) -> Progress {
    let done = Arc::new(AtomicBool::new(false));
    if quiet || !io::stderr().is_terminal() {
        return Progress { done, thread: None };
    }
    let (control, until) = (Arc::clone(control), Arc::clone(&done));
    let draw = move || {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
            bar.set_style(style);
        }
        while !until.load(Ordering::Relaxed) {
            let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
            let (walked, read) = (HumanCount(count(&control.walked)), HumanCount(count(&control.read)));
            let committed = count(&control.committed);
            let safe =
                if committed > 0 { format!(", {} committed", HumanCount(committed)) } else { String::new() };
            bar.set_message(format!(
                "{walked} files found, {read} read{safe}, {}",
                HumanBytes(count(&control.bytes))
            ));
            bar.tick();
            thread::park_timeout(Duration::from_millis(100));
        }
        bar.finish_and_clear();
    };
    // Without a thread for it there is no line.
    Progress { done, thread: thread::Builder::new().name("progress".into()).spawn(draw).ok() }
}

impl Progress {
    /// Removes the line.
    pub(super) fn finish(self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread {
            thread.thread().unpark();
            // Drawing may have failed; ignore that.
            let _ = thread.join();
        }
    }
}

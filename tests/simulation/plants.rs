//! Faults that are planted into the runtime and into what is emitted, to see whether the simulation finds them: each is
//! one that a hurried change could bring. If one is not found, the simulation proves nothing.

pub struct Plant {
    pub name: &'static str,
    pub changes: &'static [Change],
}

/// A text of one file, which must be there exactly once, and what it becomes. `PLANTED` is true when this fault is the
/// one that is wanted.
pub struct Change {
    pub file: &'static str,
    pub from: &'static str,
    pub to: &'static str,
}

pub const PLANTS: &[Plant] = &[
    // An operation that writes ends with its caller.
    Plant {
        name: "not-detached",
        changes: &[Change {
            file: "runtime/src/http/perform.rs",
            from: "    if !writes {\n",
            to: "    if !writes || PLANTED {\n",
        }],
    },
    // The first of the writes is never taken back.
    Plant {
        name: "lost-undo",
        changes: &[Change {
            file: "runtime/src/undo/rewind.rs",
            from: "        for mut record in records.into_iter().rev() {\n",
            to: "        for mut record in records.into_iter().skip(usize::from(PLANTED)).rev() {\n",
        }],
    },
    // Each service gives what it calls a new deadline.
    Plant {
        name: "no-deadline",
        changes: &[
            Change {
                file: "runtime/src/client/outgoing.rs",
                from: "    own.push((DEADLINE,",
                to: "    if !PLANTED { own.push((DEADLINE,",
            },
            Change {
                file: "runtime/src/client/outgoing.rs",
                from: "HeaderValue::from(u64::try_from(left).unwrap_or(u64::MAX))));",
                to: "HeaderValue::from(u64::try_from(left).unwrap_or(u64::MAX)))); }",
            },
            Change {
                file: "runtime/src/http/context.rs",
                from: "        let deadline = self.inner.deadline.min(Instant::now() + budget);",
                to: "        let deadline = if PLANTED { Instant::now() + Duration::from_secs(10) } else { \
                     self.inner.deadline.min(Instant::now() + budget) };",
            },
        ],
    },
    // What was taken back is taken back once more.
    Plant {
        name: "doubled-undo",
        changes: &[Change {
            file: "runtime/src/undo/rewind.rs",
            from: "                End::Done => {\n",
            to: "                End::Done if record.tries <= 1 && PLANTED => Duration::ZERO,\n\
                 \x20               End::Done => {\n",
        }],
    },
    // A write that is sent again is not known as the same.
    Plant {
        name: "no-key",
        changes: &[Change {
            file: "runtime/src/client/call.rs",
            from: "        self.repeatable().header(name, value)\n",
            to: "        if PLANTED { return self.repeatable(); }\n        self.repeatable().header(name, value)\n",
        }],
    },
    // Whoever fails is asked as often as the settings say, however many fail.
    Plant {
        name: "no-budget",
        changes: &[Change {
            file: "runtime/src/policy/budget.rs",
            from: "        let is_left = part > 0.0 && more + 1.0 <= (part * calls).max(FLOOR);\n",
            to: "        let is_left = PLANTED || part > 0.0 && more + 1.0 <= (part * calls).max(FLOOR);\n",
        }],
    },
];

//! The elements of a list that a backend answers, one after the other: each is read, made into something else, written for
//! our caller and forgotten, so that a list needs no more memory the longer it is.

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, try_unfold};

use super::attempt;
use super::exchange::Taken;
use super::rest::Rest;
use crate::codec::{Encode, Next, Pieces, Reader, Side, Writer, to_json};
use crate::failure::{CallFailure, Failure};
use crate::http::Context;

/// How many bytes are written before they go out.
const CHUNK: usize = 32 * 1024;

/// The elements of a list. The first ones are there and good; the others come in while they are asked for.
pub struct Elements<T> {
    first: Vec<T>,
    later: Option<Later<T>>,
}

/// Those that have not come in, and what is made of each.
struct Later<T> {
    source: Source,
    next: Pour<T>,
}

/// Gets what is made of an element.
type Take<'a, T> = &'a mut dyn FnMut(T) -> Result<(), Failure>;
/// Hands on what is made of the next ones that have come in.
type Pour<T> = Box<dyn FnMut(&mut Source, Take<'_, T>) -> Result<Next, Failure> + Send>;
/// The same, written.
type Write = Box<dyn FnMut(&mut Source, &mut Writer) -> Result<Next, Failure> + Send>;

/// Where elements come from.
struct Source {
    cx: Context,
    operation: &'static str,
    rest: Rest,
    pieces: Pieces,
}

/// What could be read of the first part of an answer.
pub struct First<T> {
    elements: Vec<T>,
    pieces: Option<Pieces>,
}

impl<T> First<T> {
    /// # Errors
    /// The status is another one, or this is no such list.
    pub fn read(
        taken: &Taken,
        status: u16,
        decode: impl Fn(&mut Reader<'_>) -> Option<T>,
    ) -> Result<First<T>, CallFailure> {
        let answer = &taken.answer;
        if answer.status != status {
            return Err(answer.clone().fail());
        }
        if taken.rest.is_none() {
            let elements = answer.json(|from| from.list(|from| decode(from)), "body")?;
            return Ok(First { elements, pieces: None });
        }
        let (mut pieces, mut elements) = (answer.pieces()?, Vec::new());
        let mut take = |element| elements.push(element);
        while pieces.next(&decode, &mut take).map_err(CallFailure::Malformed)? == Next::Elements {}
        Ok(First { elements, pieces: Some(pieces) })
    }
}

impl<T: Send + 'static> Elements<T> {
    pub(super) fn new(
        cx: &Context,
        operation: &'static str,
        first: First<T>,
        rest: Option<Rest>,
        decode: impl Fn(&mut Reader<'_>) -> Option<T> + Send + 'static,
    ) -> Elements<T> {
        let later = rest.zip(first.pieces).map(|(rest, pieces)| Later {
            source: Source { cx: cx.clone(), operation, rest, pieces },
            next: Box::new(move |source, take| source.next(&decode, take)),
        });
        Elements { first: first.elements, later }
    }

    /// What is made of each.
    #[must_use]
    pub fn map<U>(self, mut make: impl FnMut(T) -> U + Send + 'static) -> Elements<U> {
        let first = self.first.into_iter().map(&mut make).collect();
        let later = self.later.map(|Later { source, mut next }| Later {
            source,
            next: Box::new(move |source, take| next(source, &mut |element| take(make(element)))),
        });
        Elements { first, later }
    }

    /// What is made of each. The first one of which nothing can be made ends the list.
    ///
    /// # Errors
    /// Nothing can be made of one of those that are there.
    pub fn try_map<U>(
        self,
        mut make: impl FnMut(T) -> Result<U, Failure> + Send + 'static,
    ) -> Result<Elements<U>, Failure> {
        let first = self.first.into_iter().map(&mut make).collect::<Result<_, _>>()?;
        let later = self.later.map(|Later { source, mut next }| Later {
            source,
            next: Box::new(move |source, take| next(source, &mut |element| take(make(element)?))),
        });
        Ok(Elements { first, later })
    }

    /// Those for which this holds.
    #[must_use]
    pub fn filter(self, mut holds: impl FnMut(&T) -> bool + Send + 'static) -> Elements<T> {
        let first = self.first.into_iter().filter(&mut holds).collect();
        let later = self.later.map(|Later { source, mut next }| Later {
            source,
            next: Box::new(move |source, take| {
                next(source, &mut |element| if holds(&element) { take(element) } else { Ok(()) })
            }),
        });
        Elements { first, later }
    }
}

impl<T: Encode + Send + 'static> Elements<T> {
    /// The list as JSON.
    pub(crate) fn written(self) -> Written {
        let Some(Later { source, mut next }) = self.later else {
            return Written::Whole(to_json(&self.first, Side::Caller).into());
        };
        let (mut first, mut is_empty) = (self.first.into_iter(), true);
        let write = move |source: &mut Source, to: &mut Writer| {
            let mut put = |element: T| {
                to.raw(if std::mem::take(&mut is_empty) { b"[" } else { b"," });
                element.encode(to);
                Ok(())
            };
            let next = match first.next() {
                Some(element) => put(element).map(|()| Next::Elements),
                None => next(source, &mut put),
            };
            match next {
                Ok(Next::End) if is_empty => to.raw(b"[]"),
                Ok(Next::End) => to.raw(b"]"),
                Ok(Next::Elements | Next::More) | Err(_) => {}
            }
            next
        };
        let writing = Writing { source, write: Box::new(write), is_over: false };
        Written::Coming(try_unfold(writing, Writing::go_on).boxed())
    }
}

/// A list for our caller.
pub(crate) enum Written {
    Whole(Bytes),
    /// What is there is written while it goes out, and the rest when it has come in.
    Coming(BoxStream<'static, Result<Bytes, Failure>>),
}

impl Source {
    fn next<T>(
        &mut self,
        decode: impl Fn(&mut Reader<'_>) -> Option<T>,
        take: Take<'_, T>,
    ) -> Result<Next, Failure> {
        let mut outcome = Ok(());
        let found = self.pieces.next(decode, &mut |element| {
            if outcome.is_ok() {
                outcome = take(element);
            }
        });
        outcome?;
        found.map_err(|faults| self.failed(CallFailure::Malformed(faults)))
    }

    /// Waits until more has come in, or nothing will.
    async fn wait(&mut self) -> Result<(), Failure> {
        match self.rest.next().await {
            Ok(Some(bytes)) => self.pieces.push(&bytes),
            Ok(None) => self.pieces.end(),
            Err(failure) => return Err(self.failed(failure)),
        }
        Ok(())
    }

    fn failed(&self, failure: CallFailure) -> Failure {
        attempt::report(&self.cx, self.operation, &failure, 1);
        failure.into()
    }
}

struct Writing {
    source: Source,
    write: Write,
    is_over: bool,
}

impl Writing {
    /// What goes out next.
    async fn go_on(mut self) -> Result<Option<(Bytes, Writing)>, Failure> {
        if self.is_over {
            return Ok(None);
        }
        let mut to = Writer::with_room(Side::Caller, CHUNK * 2);
        while !self.is_over && to.len() < CHUNK {
            match (self.write)(&mut self.source, &mut to)? {
                Next::Elements => {}
                Next::More => self.source.wait().await?,
                Next::End => self.is_over = true,
            }
        }
        Ok(Some((to.finish().into(), self)))
    }
}

//! What is given as the answer to a call, as what the call ends in.

use flow_std::failure::{Answer, CallFailure, Failure};

use super::show::definition;
use super::world::GivenAnswer;
use crate::interp::codec::{self, Written};
use crate::interp::{Code, Value};
use crate::ir::{NoAnswer, ProblemId, Program, Target, Type, TypeDef};

impl GivenAnswer {
    /// # Errors
    /// It is not a good one.
    pub fn ended(self, code: &Code, target: Target) -> Result<Value, CallFailure> {
        match self {
            GivenAnswer::Good { value: Some(value), .. } => Ok(value),
            GivenAnswer::Good { value: None, .. } => match gives(&code.program, target) {
                Some(ty) if !ty.is_optional() => Err(CallFailure::malformed("has no body")),
                _ => Ok(Value::None),
            },
            GivenAnswer::Bad { status, body: None } => Err(Answer::new(status, "", Vec::new()).fail()),
            GivenAnswer::Bad { status, body: Some((value, ty)) } => {
                let body = codec::to_json(&code.types, &ty, &value).to_string();
                Err(Answer::new(status, "application/json", body).fail())
            }
            GivenAnswer::Problem { problem, members } => {
                Err(self::problem(code, problem, members.as_ref()).answer().fail())
            }
            GivenAnswer::None(why) => Err(match why {
                NoAnswer::Timeout => CallFailure::Timeout,
                NoAnswer::Unreachable => CallFailure::Unreachable("given so".to_owned()),
                NoAnswer::Rejected => CallFailure::Rejected { retry_after: None },
                NoAnswer::Malformed => CallFailure::malformed("given so"),
            }),
        }
    }
}

/// The type of what a call gives.
fn gives(program: &Program, target: Target) -> Option<&Type> {
    match target {
        Target::Backend { backend, operation } => {
            Some(&program.backends.get(backend)?.operations.get(operation)?.result)
        }
        Target::Service { service, operation } => {
            Some(&program.services.get(service)?.operations.get(operation)?.result)
        }
    }
}

/// The problem, as the operation that is not run would have ended with it.
fn problem(code: &Code, id: ProblemId, members: Option<&Value>) -> Failure {
    let mut failure = Failure::problem(code.problem(id));
    let of = code.program.problems.get(id.0).map(|of| Type::Named(of.members));
    let def = of.as_ref().and_then(|ty| definition(&code.program, ty));
    let (Some(TypeDef::Record(def)), Some(Value::Record(record))) = (def, members) else { return failure };
    for (field, value) in def.fields.iter().zip(&record.fields) {
        failure = match (field.name.as_str(), value) {
            (_, Value::None) => failure,
            ("detail", Value::Text(text)) => failure.detail(&**text),
            ("instance", Value::Text(text)) => failure.instance(&**text),
            (name, value) => failure.member(name, &Written::plain(&code.types, &field.ty, value)),
        };
    }
    failure
}

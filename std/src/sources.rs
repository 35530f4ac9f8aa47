//! The sources of this crate: the declarations of std, which the compiler reads like any other flow text, and the
//! runtime, which it writes beside what it emits. A nested crate is left out of its parent's package, so nothing outside
//! of this folder may embed them. Paths start at the folder of the crate; it is whole with both lists, because this
//! very file embeds them all.

/// The declarations of std, in the order of their names.
pub const FLOW_FILES: &[(&str, &str)] = &[
    ("context.flow", include_str!("../context.flow")),
    ("dict.flow", include_str!("../dict.flow")),
    ("encoding.flow", include_str!("../encoding.flow")),
    ("json.flow", include_str!("../json.flow")),
    ("list.flow", include_str!("../list.flow")),
    ("number.flow", include_str!("../number.flow")),
    ("settings.flow", include_str!("../settings.flow")),
    ("text.flow", include_str!("../text.flow")),
    ("time.flow", include_str!("../time.flow")),
    ("types.flow", include_str!("../types.flow")),
];

/// The crate itself, in the order of the paths.
pub const RUNTIME_FILES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../Cargo.toml")),
    ("src/allocator.rs", include_str!("allocator.rs")),
    ("src/auth/base64url.rs", include_str!("auth/base64url.rs")),
    ("src/auth/bearer.rs", include_str!("auth/bearer.rs")),
    ("src/auth/development.rs", include_str!("auth/development.rs")),
    ("src/auth/jwt/claims.rs", include_str!("auth/jwt/claims.rs")),
    ("src/auth/jwt/fetch.rs", include_str!("auth/jwt/fetch.rs")),
    ("src/auth/jwt/issuer.rs", include_str!("auth/jwt/issuer.rs")),
    ("src/auth/jwt/issuer/tests.rs", include_str!("auth/jwt/issuer/tests.rs")),
    ("src/auth/jwt/key.rs", include_str!("auth/jwt/key.rs")),
    ("src/auth/jwt/mod.rs", include_str!("auth/jwt/mod.rs")),
    ("src/auth/jwt/seen.rs", include_str!("auth/jwt/seen.rs")),
    ("src/auth/jwt/token.rs", include_str!("auth/jwt/token.rs")),
    ("src/auth/key.rs", include_str!("auth/key.rs")),
    ("src/auth/mod.rs", include_str!("auth/mod.rs")),
    ("src/auth/mtls.rs", include_str!("auth/mtls.rs")),
    ("src/auth/service.rs", include_str!("auth/service.rs")),
    ("src/boolean.rs", include_str!("boolean.rs")),
    ("src/bytes.rs", include_str!("bytes.rs")),
    ("src/client/address.rs", include_str!("client/address.rs")),
    ("src/client/attempt.rs", include_str!("client/attempt.rs")),
    ("src/client/call.rs", include_str!("client/call.rs")),
    ("src/client/connect.rs", include_str!("client/connect.rs")),
    ("src/client/constant.rs", include_str!("client/constant.rs")),
    ("src/client/elements.rs", include_str!("client/elements.rs")),
    ("src/client/exchange.rs", include_str!("client/exchange.rs")),
    ("src/client/mod.rs", include_str!("client/mod.rs")),
    ("src/client/outgoing.rs", include_str!("client/outgoing.rs")),
    ("src/client/pool.rs", include_str!("client/pool.rs")),
    ("src/client/refused.rs", include_str!("client/refused.rs")),
    ("src/client/rest.rs", include_str!("client/rest.rs")),
    ("src/client/room.rs", include_str!("client/room.rs")),
    ("src/client/settings.rs", include_str!("client/settings.rs")),
    ("src/client/tls.rs", include_str!("client/tls.rs")),
    ("src/client/token/fetch.rs", include_str!("client/token/fetch.rs")),
    ("src/client/token/mod.rs", include_str!("client/token/mod.rs")),
    ("src/client/told.rs", include_str!("client/told.rs")),
    ("src/clock.rs", include_str!("clock.rs")),
    ("src/codec/escape.rs", include_str!("codec/escape.rs")),
    ("src/codec/form.rs", include_str!("codec/form.rs")),
    ("src/codec/mod.rs", include_str!("codec/mod.rs")),
    ("src/codec/multipart.rs", include_str!("codec/multipart.rs")),
    ("src/codec/multipart/read.rs", include_str!("codec/multipart/read.rs")),
    ("src/codec/narrow.rs", include_str!("codec/narrow.rs")),
    ("src/codec/param.rs", include_str!("codec/param.rs")),
    ("src/codec/percent.rs", include_str!("codec/percent.rs")),
    ("src/codec/pieces.rs", include_str!("codec/pieces.rs")),
    ("src/codec/pieces/tests.rs", include_str!("codec/pieces/tests.rs")),
    ("src/codec/place.rs", include_str!("codec/place.rs")),
    ("src/codec/query.rs", include_str!("codec/query.rs")),
    ("src/codec/reader.rs", include_str!("codec/reader.rs")),
    ("src/codec/rules.rs", include_str!("codec/rules.rs")),
    ("src/codec/scalars.rs", include_str!("codec/scalars.rs")),
    ("src/codec/scan.rs", include_str!("codec/scan.rs")),
    ("src/codec/slot.rs", include_str!("codec/slot.rs")),
    ("src/codec/style.rs", include_str!("codec/style.rs")),
    ("src/codec/tests.rs", include_str!("codec/tests.rs")),
    ("src/codec/text.rs", include_str!("codec/text.rs")),
    ("src/codec/union.rs", include_str!("codec/union.rs")),
    ("src/codec/values.rs", include_str!("codec/values.rs")),
    ("src/codec/writer.rs", include_str!("codec/writer.rs")),
    ("src/date.rs", include_str!("date.rs")),
    ("src/datetime.rs", include_str!("datetime.rs")),
    ("src/decimal.rs", include_str!("decimal.rs")),
    ("src/dict.rs", include_str!("dict.rs")),
    ("src/digest.rs", include_str!("digest.rs")),
    ("src/duration.rs", include_str!("duration.rs")),
    ("src/email.rs", include_str!("email.rs")),
    ("src/failure/answer.rs", include_str!("failure/answer.rs")),
    ("src/failure/call.rs", include_str!("failure/call.rs")),
    ("src/failure/mod.rs", include_str!("failure/mod.rs")),
    ("src/failure/problem.rs", include_str!("failure/problem.rs")),
    ("src/fault.rs", include_str!("fault.rs")),
    ("src/float.rs", include_str!("float.rs")),
    ("src/functions.rs", include_str!("functions.rs")),
    ("src/functions/table.rs", include_str!("functions/table.rs")),
    ("src/functions/tests.rs", include_str!("functions/tests.rs")),
    ("src/given/message.rs", include_str!("given/message.rs")),
    ("src/given/mod.rs", include_str!("given/mod.rs")),
    ("src/given/serve.rs", include_str!("given/serve.rs")),
    ("src/http/accept.rs", include_str!("http/accept.rs")),
    ("src/http/body.rs", include_str!("http/body.rs")),
    ("src/http/command.rs", include_str!("http/command.rs")),
    ("src/http/connection.rs", include_str!("http/connection.rs")),
    ("src/http/context.rs", include_str!("http/context.rs")),
    ("src/http/cors.rs", include_str!("http/cors.rs")),
    ("src/http/endpoint.rs", include_str!("http/endpoint.rs")),
    ("src/http/environment.rs", include_str!("http/environment.rs")),
    ("src/http/freshness.rs", include_str!("http/freshness.rs")),
    ("src/http/head.rs", include_str!("http/head.rs")),
    ("src/http/http2.rs", include_str!("http/http2.rs")),
    ("src/http/idempotent.rs", include_str!("http/idempotent.rs")),
    ("src/http/idempotent/tests.rs", include_str!("http/idempotent/tests.rs")),
    ("src/http/kept.rs", include_str!("http/kept.rs")),
    ("src/http/keys.rs", include_str!("http/keys.rs")),
    ("src/http/limiter.rs", include_str!("http/limiter.rs")),
    ("src/http/limits.rs", include_str!("http/limits.rs")),
    ("src/http/line.rs", include_str!("http/line.rs")),
    ("src/http/log.rs", include_str!("http/log.rs")),
    ("src/http/mod.rs", include_str!("http/mod.rs")),
    ("src/http/operator.rs", include_str!("http/operator.rs")),
    ("src/http/parameter.rs", include_str!("http/parameter.rs")),
    ("src/http/patient.rs", include_str!("http/patient.rs")),
    ("src/http/perform.rs", include_str!("http/perform.rs")),
    ("src/http/proxies.rs", include_str!("http/proxies.rs")),
    ("src/http/quantity.rs", include_str!("http/quantity.rs")),
    ("src/http/query.rs", include_str!("http/query.rs")),
    ("src/http/rejection.rs", include_str!("http/rejection.rs")),
    ("src/http/request.rs", include_str!("http/request.rs")),
    ("src/http/response.rs", include_str!("http/response.rs")),
    ("src/http/router.rs", include_str!("http/router.rs")),
    ("src/http/secret.rs", include_str!("http/secret.rs")),
    ("src/http/service.rs", include_str!("http/service.rs")),
    ("src/http/shared_limits.rs", include_str!("http/shared_limits.rs")),
    ("src/http/shed.rs", include_str!("http/shed.rs")),
    ("src/http/shell.rs", include_str!("http/shell.rs")),
    ("src/http/stream.rs", include_str!("http/stream.rs")),
    ("src/http/streamed.rs", include_str!("http/streamed.rs")),
    ("src/http/template.rs", include_str!("http/template.rs")),
    ("src/http/tls.rs", include_str!("http/tls.rs")),
    ("src/http/visit.rs", include_str!("http/visit.rs")),
    ("src/http/watch.rs", include_str!("http/watch.rs")),
    ("src/http/wire.rs", include_str!("http/wire.rs")),
    ("src/int.rs", include_str!("int.rs")),
    ("src/json.rs", include_str!("json.rs")),
    ("src/lib.rs", include_str!("lib.rs")),
    ("src/list.rs", include_str!("list.rs")),
    ("src/list/attempt.rs", include_str!("list/attempt.rs")),
    ("src/list/tests.rs", include_str!("list/tests.rs")),
    ("src/local.rs", include_str!("local.rs")),
    ("src/order.rs", include_str!("order.rs")),
    ("src/outside/mod.rs", include_str!("outside/mod.rs")),
    ("src/outside/network.rs", include_str!("outside/network.rs")),
    ("src/outside/simulated.rs", include_str!("outside/simulated.rs")),
    ("src/policy/answers.rs", include_str!("policy/answers.rs")),
    ("src/policy/breaker.rs", include_str!("policy/breaker.rs")),
    ("src/policy/budget.rs", include_str!("policy/budget.rs")),
    ("src/policy/counts.rs", include_str!("policy/counts.rs")),
    ("src/policy/gate.rs", include_str!("policy/gate.rs")),
    ("src/policy/mod.rs", include_str!("policy/mod.rs")),
    ("src/policy/own.rs", include_str!("policy/own.rs")),
    ("src/policy/pause.rs", include_str!("policy/pause.rs")),
    ("src/policy/recent.rs", include_str!("policy/recent.rs")),
    ("src/policy/settings.rs", include_str!("policy/settings.rs")),
    ("src/policy/shelf.rs", include_str!("policy/shelf.rs")),
    ("src/policy/upstream.rs", include_str!("policy/upstream.rs")),
    ("src/redis/connection.rs", include_str!("redis/connection.rs")),
    ("src/redis/mod.rs", include_str!("redis/mod.rs")),
    ("src/redis/reply.rs", include_str!("redis/reply.rs")),
    ("src/runs/claim.rs", include_str!("runs/claim.rs")),
    ("src/runs/lease.rs", include_str!("runs/lease.rs")),
    ("src/runs/mod.rs", include_str!("runs/mod.rs")),
    ("src/runs/record.rs", include_str!("runs/record.rs")),
    ("src/runs/run.rs", include_str!("runs/run.rs")),
    ("src/sources.rs", include_str!("sources.rs")),
    ("src/steps/fan_out.rs", include_str!("steps/fan_out.rs")),
    ("src/steps/later.rs", include_str!("steps/later.rs")),
    ("src/steps/mod.rs", include_str!("steps/mod.rs")),
    ("src/steps/try_join.rs", include_str!("steps/try_join.rs")),
    ("src/store/file.rs", include_str!("store/file.rs")),
    ("src/store/memory.rs", include_str!("store/memory.rs")),
    ("src/store/mod.rs", include_str!("store/mod.rs")),
    ("src/store/pages.rs", include_str!("store/pages.rs")),
    ("src/store/pool.rs", include_str!("store/pool.rs")),
    ("src/store/postgres/mod.rs", include_str!("store/postgres/mod.rs")),
    ("src/store/postgres/sql.rs", include_str!("store/postgres/sql.rs")),
    ("src/store/postgres/tls.rs", include_str!("store/postgres/tls.rs")),
    ("src/store/redis/mod.rs", include_str!("store/redis/mod.rs")),
    ("src/store/redis/script.rs", include_str!("store/redis/script.rs")),
    ("src/store/table.rs", include_str!("store/table.rs")),
    ("src/store/troubled.rs", include_str!("store/troubled.rs")),
    ("src/store/url.rs", include_str!("store/url.rs")),
    ("src/text/convert.rs", include_str!("text/convert.rs")),
    ("src/text/countries.rs", include_str!("text/countries.rs")),
    ("src/text/encoding.rs", include_str!("text/encoding.rs")),
    ("src/text/matching.rs", include_str!("text/matching.rs")),
    ("src/text/mod.rs", include_str!("text/mod.rs")),
    ("src/text/phone.rs", include_str!("text/phone.rs")),
    ("src/time.rs", include_str!("time.rs")),
    ("src/tls.rs", include_str!("tls.rs")),
    ("src/undo/attempt.rs", include_str!("undo/attempt.rs")),
    ("src/undo/attend.rs", include_str!("undo/attend.rs")),
    ("src/undo/kept.rs", include_str!("undo/kept.rs")),
    ("src/undo/mod.rs", include_str!("undo/mod.rs")),
    ("src/undo/operator.rs", include_str!("undo/operator.rs")),
    ("src/undo/record.rs", include_str!("undo/record.rs")),
    ("src/undo/rewind.rs", include_str!("undo/rewind.rs")),
    ("src/undo/run.rs", include_str!("undo/run.rs")),
    ("src/undo/tests.rs", include_str!("undo/tests.rs")),
    ("src/undo/tests/troubled.rs", include_str!("undo/tests/troubled.rs")),
    ("src/undo/work.rs", include_str!("undo/work.rs")),
    ("src/uri.rs", include_str!("uri.rs")),
    ("src/uuid.rs", include_str!("uuid.rs")),
    ("src/value/bytes.rs", include_str!("value/bytes.rs")),
    ("src/value/calendar.rs", include_str!("value/calendar.rs")),
    ("src/value/choice.rs", include_str!("value/choice.rs")),
    ("src/value/date.rs", include_str!("value/date.rs")),
    ("src/value/datetime.rs", include_str!("value/datetime.rs")),
    ("src/value/decimal.rs", include_str!("value/decimal.rs")),
    ("src/value/digits.rs", include_str!("value/digits.rs")),
    ("src/value/duration.rs", include_str!("value/duration.rs")),
    ("src/value/email.rs", include_str!("value/email.rs")),
    ("src/value/hostile.rs", include_str!("value/hostile.rs")),
    ("src/value/json.rs", include_str!("value/json.rs")),
    ("src/value/json/parse.rs", include_str!("value/json/parse.rs")),
    ("src/value/mod.rs", include_str!("value/mod.rs")),
    ("src/value/number.rs", include_str!("value/number.rs")),
    ("src/value/pattern.rs", include_str!("value/pattern.rs")),
    ("src/value/pattern/read.rs", include_str!("value/pattern/read.rs")),
    ("src/value/pattern/write.rs", include_str!("value/pattern/write.rs")),
    ("src/value/regex.rs", include_str!("value/regex.rs")),
    ("src/value/request.rs", include_str!("value/request.rs")),
    ("src/value/time.rs", include_str!("value/time.rs")),
    ("src/value/uri.rs", include_str!("value/uri.rs")),
    ("src/value/uuid.rs", include_str!("value/uuid.rs")),
    ("src/value/zone.rs", include_str!("value/zone.rs")),
];

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// The files of a folder and those below it that end so, from the folder of the crate, in order.
    fn on_disk(folder: &str, end: &str) -> Vec<String> {
        let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).expect("a folder");
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry.expect("an entry");
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() && folder != "." {
                files.extend(on_disk(&path, end));
            } else if path.ends_with(end) {
                files.push(path.trim_start_matches("./").to_string());
            }
        }
        files.sort_unstable();
        files
    }

    /// The line of a file in the list above.
    fn line(path: &str) -> String {
        let from_here = path.strip_prefix("src/").map_or(format!("../{path}"), str::to_string);
        format!("    (\"{path}\", include_str!(\"{from_here}\")),\n")
    }

    fn lines<'a>(paths: impl IntoIterator<Item = &'a str>) -> String {
        paths.into_iter().map(line).collect()
    }

    #[test]
    fn the_lists_have_what_is_on_disk() {
        let flows = on_disk(".", ".flow");
        let expected = lines(flows.iter().map(String::as_str));
        let listed = lines(FLOW_FILES.iter().map(|(path, _)| *path));
        assert!(listed == expected, "FLOW_FILES should be\n{expected}");
        let sources = on_disk("src", ".rs");
        let expected = lines(["Cargo.toml"].into_iter().chain(sources.iter().map(String::as_str)));
        let listed = lines(RUNTIME_FILES.iter().map(|(path, _)| *path));
        assert!(listed == expected, "RUNTIME_FILES should be\n{expected}");
    }
}

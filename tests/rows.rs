//! Which test stands for which row of the list of bad things that a service meets in operation. A row may need several:
//! the runtime by itself, and the emitted services around it.

use std::path::Path;

/// The letters of a row, what happens in it, and the tests: a file, and functions of it.
type Row = (&'static str, &'static str, &'static [(&'static str, &'static [&'static str])]);

const FAULTS: &str = "std/tests/client/faults.rs";
const ANSWERS: &str = "std/tests/client/answers.rs";
const OUTAGES: &str = "std/tests/client/outages.rs";
const CONNECTIONS: &str = "std/tests/client/connections.rs";
const CALLS: &str = "tests/services/semantics/calls.rs";
const KILLED: &str = "tests/services/killed.rs";
const REPLICAS: (&str, &[&str]) = (
    "tests/services/replicas.rs",
    &["over_postgres_one_dies_and_the_other_goes_on", "over_redis_one_dies_and_the_other_goes_on"],
);

const ROWS: &[Row] = &[
    (
        "S001",
        "a connection is refused",
        &[
            (FAULTS, &["s001_a_connection_that_is_refused_is_tried_as_often_as_allowed_and_then_not_at_all"]),
            (CALLS, &["a_backend_that_is_not_there_is_unreachable"]),
        ],
    ),
    (
        "S002",
        "a backend never answers",
        &[(FAULTS, &["s002_one_that_never_answers_is_left_at_the_deadline_and_its_connection_closed"])],
    ),
    (
        "S003",
        "a name without an address, a slow name server, two addresses of which one is dead",
        &[
            (
                "std/tests/client/names.rs",
                &[
                    "s003_a_name_without_an_address_is_unreachable",
                    "s003_a_name_server_that_takes_five_seconds_is_not_waited_for",
                    "s003_not_even_where_a_connection_may_take_long",
                    "s003_of_two_addresses_the_one_that_lives_is_found",
                ],
            ),
            ("std/src/client/connect.rs", &["one_that_is_silent_is_passed_soon_and_may_still_win"]),
        ],
    ),
    (
        "S004",
        "a reset before the answer",
        &[
            (FAULTS, &["s004_a_reset_before_the_answer_is_tried_again_only_where_it_does_no_harm"]),
            (CONNECTIONS, &["a_write_that_broke_off_is_not_sent_again"]),
        ],
    ),
    (
        "S005",
        "a reset in the body",
        &[
            (FAULTS, &["s005_a_reset_in_the_body_gives_no_part_of_an_object"]),
            (CALLS, &["without_an_arm_a_failure_is_a_standard_problem"]),
        ],
    ),
    (
        "S006",
        "ten times as slow for a while",
        &[(OUTAGES, &["s006_a_system_that_is_slow_for_a_while_costs_no_more_than_the_deadline"])],
    ),
    (
        "S007",
        "a body at a byte a second",
        &[
            (FAULTS, &["s007_a_body_at_a_byte_a_second_is_cut_at_the_deadline"]),
            (
                "std/tests/client/memory.rs",
                &["s007_s012_s013_no_answer_takes_more_memory_than_it_may_have_bytes"],
            ),
        ],
    ),
    (
        "S008",
        "a page, another content type, no body",
        &[
            (ANSWERS, &["s008_s009_a_body_that_is_not_the_json_of_the_contract_is_malformed"]),
            (CALLS, &["a_read_field_that_is_missing_or_mistyped_is_told_to_the_log_only"]),
        ],
    ),
    (
        "S009",
        "JSON that is cut off or goes on",
        &[(ANSWERS, &["s008_s009_a_body_that_is_not_the_json_of_the_contract_is_malformed"])],
    ),
    (
        "S010",
        "a field that is missing or of another type, null, an unknown value",
        &[(
            CALLS,
            &[
                "a_read_field_that_is_missing_or_mistyped_is_told_to_the_log_only",
                "only_what_is_read_has_to_be_right",
                "every_way_to_fail_has_its_arm",
            ],
        )],
    ),
    (
        "S011",
        "a status that is not declared",
        &[
            (FAULTS, &["s011_a_status_that_nobody_has_declared_is_no_success"]),
            (ANSWERS, &["s011_interim_answers_are_not_the_answer"]),
            (CALLS, &["every_way_to_fail_has_its_arm"]),
        ],
    ),
    (
        "S012",
        "a body without an end",
        &[
            (ANSWERS, &["s012_a_body_of_any_size_is_not_read"]),
            (
                "std/tests/client/memory.rs",
                &["s007_s012_s013_no_answer_takes_more_memory_than_it_may_have_bytes"],
            ),
        ],
    ),
    (
        "S013",
        "a compressed body that is much larger than it seems: none is taken that is compressed",
        &[
            (ANSWERS, &["s013_a_compressed_body_is_malformed"]),
            (
                "std/tests/client/memory.rs",
                &["s007_s012_s013_no_answer_takes_more_memory_than_it_may_have_bytes"],
            ),
        ],
    ),
    ("S014", "a redirect", &[(ANSWERS, &["s014_a_redirect_is_not_followed"])]),
    (
        "S015",
        "`Retry-After`",
        &[
            (FAULTS, &["s015_what_a_backend_says_about_when_to_come_again_is_kept_or_passed_on"]),
            (OUTAGES, &["s015_nobody_comes_back_before_the_time_that_was_told_nor_after_the_deadline"]),
        ],
    ),
    (
        "S016",
        "a minute of 503",
        &[(
            OUTAGES,
            &[
                "s016_in_an_outage_a_system_is_asked_hardly_more_often_and_it_recovers",
                "s016_without_a_breaker_the_budget_holds_by_itself",
            ],
        )],
    ),
    (
        "S017",
        "half of all calls fail",
        &[(
            OUTAGES,
            &[
                "s017_where_half_of_all_fails_a_retry_helps_as_far_as_the_budget_reaches",
                "s017_a_breaker_that_is_just_reached_does_not_flap",
            ],
        )],
    ),
    (
        "S018",
        "a hundred wait when a breaker is half open",
        &[(OUTAGES, &["s018_after_a_rest_one_goes_and_the_others_do_not"])],
    ),
    (
        "S019",
        "a connection is closed while nobody uses it",
        &[
            (FAULTS, &["s019_connections_that_are_closed_now_and_then_are_not_seen"]),
            (
                CONNECTIONS,
                &["s019_a_connection_that_was_closed_meanwhile_is_replaced_without_a_second_request"],
            ),
        ],
    ),
    ("S020", "a head that is too large", &[(ANSWERS, &["s020_a_head_of_any_size_is_not_read"])]),
    (
        "S021",
        "line breaks and other signs in a header",
        &[(FAULTS, &["s021_headers_of_a_backend_cannot_split_an_answer_and_are_not_handed_on"])],
    ),
    (
        "S022",
        "a certificate that is over, of another host, of nobody that is trusted, of a workload; TLS 1.1",
        &[(
            "std/tests/client/tls.rs",
            &[
                "s022_whatever_is_wrong_with_a_certificate_the_log_says_what",
                "one_that_nobody_trusts_is_not",
                "one_for_another_host_is_not",
                "no_older_version_is_spoken_than_the_author_wants",
            ],
        )],
    ),
    (
        "S023",
        "one of five calls at the same time fails or hangs",
        &[
            (
                "tests/services/semantics/together.rs",
                &[
                    "of_five_calls_one_may_fail_or_hang_where_that_was_said",
                    "of_five_calls_none_is_waited_for_when_one_has_failed",
                    "what_ran_beside_a_failure_is_undone",
                ],
            ),
            ("std/src/steps/fan_out.rs", &["a_failure_ends_the_reads_behind_it"]),
        ],
    ),
    (
        "S024",
        "a token that has run out or is not taken, a hundred who want one at once, a token server that is down",
        &[
            (
                "std/tests/client/tokens.rs",
                &[
                    "s024_a_hundred_at_once_are_one_request_for_a_token",
                    "s024_a_token_is_renewed_while_it_still_serves",
                    "s024_a_call_that_is_not_let_in_is_sent_once_more_with_another_token",
                    "s024_a_hundred_that_are_not_let_in_are_one_request_for_a_token",
                    "s024_whoever_is_never_let_in_is_told_so_and_asks_for_no_more_tokens",
                    "s024_without_a_token_calls_are_unavailable_and_the_token_server_has_its_rest",
                    "s024_a_server_that_says_when_to_come_again_is_left_alone_until_then",
                    "s024_a_token_that_cannot_be_renewed_serves_to_its_end",
                    "s024_a_slow_server_costs_no_more_than_the_time_of_the_call",
                    "s024_what_is_no_token_is_not_sent",
                ],
            ),
            (
                "std/tests/client/identities.rs",
                &["a_secret_that_is_changed_at_the_server_and_in_its_file_keeps_no_call_from_its_token"],
            ),
            (
                "tests/services/semantics/outbound.rs",
                &[
                    "a_token_that_is_not_taken_is_replaced_once_also_for_a_write",
                    "without_a_token_the_answer_is_a_503",
                ],
            ),
        ],
    ),
    (
        "S025",
        "the clock is set",
        &[(
            "std/tests/client/clocks.rs",
            &[
                "s025_no_deadline_moves_when_the_clock_is_set",
                "s025_a_date_to_come_back_at_is_taken_by_the_clock_as_it_is_now",
                "s025_a_token_is_good_for_as_long_as_it_was_given_out_for",
            ],
        )],
    ),
    (
        "S041",
        "a key that is missing, too long, of another request, at the same time or again, also after a death",
        &[
            (
                "tests/services/once.rs",
                &[
                    "an_order_has_a_key_that_fits",
                    "of_fifty_at_once_one_is_placed",
                    "an_order_that_comes_again_has_the_answer_of_the_first",
                ],
            ),
            ("std/src/http/idempotent/tests.rs", &["of_fifty_at_once_one_is_done_and_all_have_its_answer"]),
            (KILLED, &["whenever_it_dies_each_order_is_done_or_undone_or_kept"]),
            REPLICAS,
        ],
    ),
    (
        "S042",
        "three times too much; the load command has it with figures",
        &[
            (
                "std/src/http/shed.rs",
                &["fewer_and_fewer_are_let_in_but_always_some", "more_and_more_are_let_in_until_it_is_over"],
            ),
            (
                "tests/services/semantics/overload.rs",
                &["some_are_turned_away_until_it_is_over_but_never_who_has_to_see_to_it"],
            ),
            ("benches/load/scenes.rs", &["overload"]),
        ],
    ),
    (
        "S047",
        "a process dies at each step, and within it",
        &[(KILLED, &["whenever_it_dies_each_order_is_done_or_undone_or_kept"]), REPLICAS],
    ),
    (
        "S048",
        "an undo fails three times",
        &[
            (KILLED, &["an_undo_that_fails_three_times_is_done_in_the_end_and_never_told_as_done_before"]),
            (
                "std/src/undo/tests.rs",
                &["one_that_fails_does_not_keep_the_others_and_is_tried_until_it_is_done"],
            ),
        ],
    ),
    (
        "S055",
        "a cache that many ask at once, of two callers, of what fails",
        &[
            (
                "std/tests/client/caches.rs",
                &[
                    "s055_a_thousand_at_once_are_one_call",
                    "s055_nobody_gets_what_was_made_for_another",
                    "s055_whatever_is_sent_tells_answers_apart",
                ],
            ),
            (
                "std/src/policy/answers.rs",
                &["a_stale_answer_is_used_when_none_can_be_had_and_only_if_that_was_said"],
            ),
        ],
    ),
];

#[test]
fn every_row_has_its_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut missing = Vec::new();
    for (row, what, files) in ROWS {
        for (file, tests) in *files {
            let text = std::fs::read_to_string(root.join(file)).unwrap_or_default();
            let absent = tests.iter().filter(|test| !text.contains(&format!("fn {test}(")));
            missing.extend(absent.map(|test| format!("{row}, {what}: {file} has no `{test}`")));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn no_row_is_left_out() {
    let wanted = (1..=25).chain([41, 42, 47, 48, 55]).map(|number| format!("S{number:03}"));
    let known: Vec<&str> = ROWS.iter().map(|(row, _, _)| *row).collect();
    assert_eq!(known, wanted.collect::<Vec<_>>());
}

//! What the documentation says of lists, and the ends of the ranges.

use super::*;

fn length_of(text: &&str) -> i64 {
    as_int(text.len())
}

#[test]
fn makers() {
    assert_eq!(map(vec![1, 2], |n| n * 10), [10, 20]);
    assert_eq!(flat_map(vec![1, 2], |n| vec![n, n]), [1, 1, 2, 2]);
    assert_eq!(filter(vec![1, 2, 3], |n| *n > 1), [2, 3]);
    assert_eq!(fold(vec![1, 2, 3], 10, |sum, n| sum + n), 16);
    assert_eq!(zip(vec![1, 2], vec![10, 20, 30], |a, b| a + b), [11, 22]);
}

#[test]
fn sums() {
    assert_eq!(sum_int(&[1, 2, 3]), Ok(6));
    assert_eq!(sum_int(&[]), Ok(0));
    assert!(sum_int(&[i64::MAX, 1]).is_err());
    assert_eq!(sum_float(&[0.5, 0.25]).to_string(), "0.75");
    assert_eq!(sum_float(&[]).to_string(), "0");
    assert_eq!(sum_duration(&[Duration::millis(1000), Duration::millis(500)]), Ok(Duration::millis(1500)));
}

#[cfg(feature = "decimal")]
#[test]
fn sums_of_decimals() {
    assert_eq!(sum_decimal(&[Decimal::literal("0.1"), Decimal::literal("0.2")]), Ok(Decimal::literal("0.3")));
}

#[test]
fn ends() {
    assert_eq!((min(&[3, 1, 2]), max(&[3_i64, 1, 2]), min::<i64>(&[])), (Some(1), Some(3), None));
    assert_eq!(min_by(&["ccc", "a", "b"], length_of), Some("a"));
    assert_eq!(max_by(&["a", "ccc", "ddd"], length_of), Some("ccc"));
    assert_eq!((first(&[1, 2]), last(&[1, 2])), (Some(1), Some(2)));
    assert_eq!(
        [0, 2, 3, -1, -3, -4, i64::MIN, i64::MAX].map(|at| get(&[1, 2, 3], at)),
        [Some(1), Some(3), None, Some(3), Some(1), None, None, None]
    );
}

#[test]
fn orders() {
    assert_eq!(sort(vec![3, 1, 2]), [1_i64, 2, 3]);
    assert_eq!(sort(vec!["é".to_string(), "z".to_string(), "Z".to_string()]), ["Z", "z", "é"]);
    assert_eq!(sort_by(vec!["bb", "a", "cc"], length_of), ["a", "bb", "cc"]);
    assert_eq!(reverse(vec![1, 2, 3]), [3, 2, 1]);
    assert_eq!(sort(vec![2.0, f64::NAN, -1.0]).first().map(f64::to_string).as_deref(), Some("-1"));
}

#[test]
fn groups() {
    let initial = |text: &&str| text.chars().take(1).collect::<String>();
    assert_eq!(group_by(vec!["ab", "b", "ac"], initial).get("a"), Some(&vec!["ab", "ac"]));
    let dict = to_dict(vec!["a", "bb", "a"], |text| text.to_string(), |text| text.len());
    assert_eq!(dict.into_iter().collect::<Vec<_>>(), [("a".to_string(), 1), ("bb".to_string(), 2)]);
    assert_eq!(distinct(vec![1, 2, 1]), [1, 2]);
    assert_eq!(distinct_hashed(vec![1, 2, 1]), [1, 2]);
    assert_eq!(distinct_by(vec!["ab", "b", "ac"], initial), ["ab", "b"]);
    assert_eq!(distinct_hashed_by(vec!["ab", "b", "ac"], initial), ["ab", "b"]);
}

#[test]
fn parts() {
    assert_eq!(take(vec![1, 2, 3], 2), [1, 2]);
    assert_eq!(take(vec![1, 2, 3], -2), [0; 0]);
    assert_eq!(drop(vec![1, 2, 3], 2), [3]);
    assert_eq!(drop(vec![1, 2, 3], i64::MIN), [1, 2, 3]);
    assert_eq!(slice(vec![1, 2, 3, 4], 1, Some(3)), [2, 3]);
    assert_eq!(slice(vec![1, 2, 3, 4], -2, None), [3, 4]);
    assert_eq!(flatten(vec![vec![1], vec![2, 3]]), [1, 2, 3]);
    assert_eq!(present(vec![Some(0), None]), [0]);
    assert_eq!(chunks(vec![1, 2, 3], 2), [vec![1, 2], vec![3]]);
    assert_eq!(chunks(vec![1, 2], i64::MIN), [vec![1], vec![2]]);
    assert_eq!(join(&["a".to_string(), "b".to_string()], ", "), "a, b");
}

#[test]
fn questions() {
    assert_eq!(find(&[1, 2, 3], |n| *n > 1), Some(2));
    assert_eq!((index_of(&["a", "b"], "b"), index_of(&["a"], "c")), (Some(1), None));
    assert_eq!((length(&[1, 2]), count(&[1, 2, 3], |n| *n > 1)), (2, 2));
    assert!(!is_empty(&[1]) && has(&["a", "b"], "b"));
    assert!(any(&[1, 2], |n| *n > 1) && !any(&[0; 0], |_| true));
    assert!(all(&[1, 2], |n| *n > 0) && all(&[0; 0], |_| false));
}

#[test]
fn the_first_fault_ends_it() {
    let half = |n: i64| if n % 2 == 0 { Ok(n / 2) } else { Err(Fault::new("odd")) };
    assert_eq!(try_map(vec![2, 4], half), Ok(vec![1, 2]));
    assert_eq!(try_map(vec![2, 3], half).map_err(|fault| fault.message), Err("[1]: odd".to_string()));
    assert_eq!(try_flat_map(vec![2, 4], |n| Ok(vec![half(n)?])), Ok(vec![1, 2]));
    assert_eq!(try_fold(vec![2, 4], 0, |sum, n| Ok(sum + half(n)?)), Ok(3));
    assert_eq!(try_filter(vec![2, 4], |n| Ok(half(*n)? == 1)), Ok(vec![2]));
    assert_eq!(try_min_by(&[4, 2], |n| half(*n)), Ok(Some(2)));
    assert_eq!(try_max_by(&[4, 2], |n| half(*n)), Ok(Some(4)));
    assert_eq!(try_sort_by(vec![4, 2], |n| half(*n)), Ok(vec![2, 4]));
    assert_eq!(try_find(&[2, 3], |n| Ok(half(*n)? == 1)), Ok(Some(2)));
    assert!(try_find(&[3, 2], |n| Ok(half(*n)? == 1)).is_err());
    assert_eq!(try_count(&[2, 4], |n| Ok(half(*n)? == 1)), Ok(1));
    assert_eq!(try_any(&[2, 3], |n| Ok(half(*n)? == 1)), Ok(true));
    assert_eq!(try_all(&[4, 3], |n| Ok(half(*n)? == 1)), Ok(false));
    assert_eq!(try_zip(vec![2], vec![4], |a, b| Ok(half(a)? + half(b)?)), Ok(vec![3]));
    assert_eq!(try_distinct_by(vec![2, 2, 4], |n| half(*n)), Ok(vec![2, 4]));
    assert_eq!(try_distinct_hashed_by(vec![2, 2, 4], |n| half(*n)), Ok(vec![2, 4]));
    let groups = try_group_by(vec![2, 4], |n| half(*n).map(|n| n.to_string()));
    assert_eq!(groups.map(|groups| groups.len()), Ok(2));
    let dict = try_to_dict(vec![2, 4], |n| Ok(n.to_string()), half);
    assert_eq!(dict.map(|dict| dict.get("4").copied()), Ok(Some(2)));
}

#[test]
fn a_fault_says_at_which_element() {
    fn odd<T>(n: i64, even: T) -> Result<T, Fault> {
        if n % 2 == 0 { Ok(even) } else { Err(Fault::new("odd")) }
    }
    let (list, place) = (vec![2, 4, 3], |fault: Option<Fault>| fault.map(|fault| fault.message));
    let all = [
        try_map(list.clone(), |n| odd(n, n)).err(),
        try_flat_map(list.clone(), |n| odd(n, vec![n])).err(),
        try_fold(list.clone(), 0, |sum, n| odd(n, sum + n)).err(),
        try_filter(list.clone(), |n| odd(*n, true)).err(),
        try_min_by(&list, |n| odd(*n, *n)).err(),
        try_max_by(&list, |n| odd(*n, *n)).err(),
        try_sort_by(list.clone(), |n| odd(*n, *n)).err(),
        try_find(&list, |n| odd(*n, false)).err(),
        try_count(&list, |n| odd(*n, true)).err(),
        try_any(&list, |n| odd(*n, false)).err(),
        try_all(&list, |n| odd(*n, true)).err(),
        try_zip(list.clone(), list.clone(), odd).err(),
        try_distinct_by(list.clone(), |n| odd(*n, *n)).err(),
        try_distinct_hashed_by(list.clone(), |n| odd(*n, *n)).err(),
        try_group_by(list.clone(), |n| odd(*n, n.to_string())).err(),
        try_to_dict(list.clone(), |n| odd(*n, n.to_string()), Ok).err(),
        try_to_dict(list.clone(), |n| Ok(n.to_string()), |n| odd(n, n)).err(),
    ];
    for fault in all {
        assert_eq!(place(fault).as_deref(), Some("[2]: odd"));
    }
}

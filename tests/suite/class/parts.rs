//! A class that is graded in parts.

use super::room::{Room, run, succeeds, timeless};

const SHARDS: [&str; 4] = ["1/4", "2/4", "3/4", "4/4"];

fn class() -> Room {
    let room = Room::of_right(6);
    room.hand_in("a-copy", "right/natural", "right-04");
    room
}

fn graded_in_parts(room: &Room) {
    for shard in SHARDS {
        succeeds(&mut room.grade(&shard.replace('/', "-of-"), &["--shard", shard]));
    }
}

#[test]
fn parts_make_the_same_class_as_one_run() {
    let room = class();
    succeeds(&mut room.grade("whole", &[]));
    graded_in_parts(&room);
    let parts = SHARDS.map(|shard| shard.replace('/', "-of-"));
    let mut merge = room.harness(&["class", "merge", "--out", "merged"]);
    succeeds(merge.args(&parts));
    assert_eq!(timeless(&room.results("merged")), timeless(&room.results("whole")));
    // What is merged can be gone on with: there is nothing left to do.
    succeeds(&mut room.grade("merged", &[]));
    assert_eq!(timeless(&room.results("merged")), timeless(&room.results("whole")));
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let room = class();
    graded_in_parts(&room);
    succeeds(&mut room.grade("whole", &[]));
    succeeds(&mut room.grade("stricter", &["--shard", "4/4", "--strict"]));
    succeeds(&mut room.grade("halved", &["--shard", "2/2"]));
    let merge = |parts: &[&str]| run(room.harness(&["class", "merge", "--out", "merged"]).args(parts));
    let three = ["1-of-4", "2-of-4", "3-of-4"];
    for (last, why) in [
        ("stricter", "not parts of one class"),
        ("halved", "4 and 2 parts"),
        ("whole", "without --shard"),
        ("3-of-4", "are the same part, 3/4"),
        ("nowhere", "has no results"),
        ("class", "has no results"),
    ] {
        let ran = merge(&[&three[..], &[last]].concat());
        assert_eq!(ran.code, Some(2), "{last}: {}", ran.error);
        assert!(ran.error.contains(why), "{last}: {}", ran.error);
    }
    let ran = merge(&three);
    assert_eq!(ran.code, Some(3));
    assert!(ran.error.contains("there is no part 4/4"), "{}", ran.error);
    let ran = merge(&[&["--partial"], &three[..]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.error);
    assert!(ran.error.contains("this is not the whole class: there is no part 4/4"), "{}", ran.error);
}

#[test]
fn parts_need_one_seed() {
    let room = Room::of_right(1);
    let ran = run(&mut room.harness(&["class", "class", "--out", "results", "--shard", "1/2"]));
    assert_eq!(ran.code, Some(2));
    assert!(ran.error.contains("--seed"), "{}", ran.error);
}

//! Nodes that count together.

use super::World;
use super::races::let_in;
use super::tools::{FIVE, drain, key, start};

pub async fn what_one_node_takes_another_does_not_have(world: World) {
    let Some(there) = world.other_node() else { return };
    let (here, key) = (world.throttle(), key("user:a"));
    assert_eq!(drain(&*here, FIVE.allowing(3), &key, start()).await, 3);
    assert_eq!(drain(&*there, FIVE.allowing(3), &key, start()).await, 0);
    here.give_back(FIVE.allowing(3), &key, start()).await;
    assert_eq!(drain(&*there, FIVE.allowing(3), &key, start()).await, 1);
    assert_eq!(drain(&*here, FIVE.allowing(3), &key, start()).await, 0);
}

pub async fn of_many_callers_on_two_nodes_as_many_are_let_in_as_are_left(world: World) {
    let Some(there) = world.other_node() else { return };
    let here = world.throttle();
    for round in 0..world.rounds() {
        let nodes = (0..100).flat_map(|_| [here.clone(), there.clone()]);
        assert_eq!(let_in(nodes, &key(format!("user:{round}"))).await, 20);
    }
}

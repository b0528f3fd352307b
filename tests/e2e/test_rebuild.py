"""`projection rebuild` makes the read model again from the stream, in place."""

from __future__ import annotations

from .stack import Stack, eventually


def test_damaged_and_lost_rows_are_mended_and_states_stay(stack: Stack):
    person = stack.person()
    person.finished(person.start(idea_count=1))
    before = {draft["id"]: draft["content_text"] for draft in person.drafts()}
    lost, damaged, moved = sorted(before)
    stack.sql("DELETE FROM api.drafts WHERE id = %s", lost)
    stack.sql("UPDATE api.drafts SET content_text = 'damaged' WHERE id = %s", damaged)
    stack.sql("UPDATE api.drafts SET chosen_state = 'reviewed' WHERE id = %s", moved)
    assert stack.succeed("projection", "rebuild").startswith("applied ")
    eventually(lambda: len(person.drafts()) == 3, "the lost draft is back")
    after = {draft["id"]: draft for draft in person.drafts()}
    assert {key: draft["content_text"] for key, draft in after.items()} == before
    assert after[moved]["state"] == "reviewed"

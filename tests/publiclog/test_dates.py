"""By whose clock: what witnesses have cosigned dates the leaves, and what they show is compared with what is
shown to us."""

from datetime import timedelta

import pytest

from publicity import lognote, monitor

from . import forging
from .forging import Story, find, look


class TestDates:
    """`cosigned/` dates the leaves: by somebody else's clock."""

    @pytest.fixture
    def eye(self):
        seed = lognote.new_seed()
        return seed, lognote.Key("sifaju", lognote.WITNESS, lognote.public_of(seed))

    def follow(self, story, folder, eye):
        return look(story, folder, witnesses=[(eye[1], "")])

    def one(self, folder, at):
        story = Story()
        story.draw(1, "甲1号")
        story.count()
        return story, story.written(folder), at

    def test_seen_at_once_is_dated(self, tmp_path, eye):
        story, folder, _ = self.one(tmp_path, 0)
        story.cosigned(folder, eye[0], "sifaju", forging.BEGAN + timedelta(seconds=9), size=2)
        seen = self.follow(story, folder, eye)
        assert seen.faults == [] and not any("不能证明" in each for each in seen.notes)

    def test_seen_after_the_throw_may_be_back_dated(self, tmp_path, eye):
        story, folder, _ = self.one(tmp_path, 0)
        story.cosigned(folder, eye[0], "sifaju", forging.BEGAN + timedelta(hours=2))
        assert any("在摇号时间以后才见到" in each for each in self.follow(story, folder, eye).faults)

    def test_seen_late_but_before_the_throw_is_undated(self, tmp_path, eye):
        story, folder, _ = self.one(tmp_path, 0)
        story.cosigned(folder, eye[0], "sifaju", forging.BEGAN + timedelta(minutes=20), size=2)
        seen = self.follow(story, folder, eye)
        assert seen.faults == [] and any("不能证明" in each for each in seen.notes)

    def test_future_dating(self, tmp_path, eye):
        story, folder, _ = self.one(tmp_path, 0)
        story.cosigned(folder, eye[0], "sifaju", forging.BEGAN - timedelta(hours=2), size=2)
        assert any("时间往后填" in each for each in self.follow(story, folder, eye).faults)

    def test_nobody_saw_it(self, tmp_path, eye):
        story, folder, _ = self.one(tmp_path, 0)
        assert any("没有见证方联署过" in each for each in self.follow(story, folder, eye).faults)

    def test_another_tree_under_cosigned_is_a_fork(self, tmp_path, eye):
        story, folder, _ = self.one(tmp_path, 0)
        other = Story()
        other.seed = story.seed
        other.draw(1, "甲9号")
        other.cosigned(folder, eye[0], "sifaju", forging.BEGAN, size=3)
        assert any("日志分叉" in each for each in self.follow(story, folder, eye).faults)


class TestWitnesses:
    """What a witness shows is compared with what is shown to us: a frozen view, a fork."""

    @pytest.fixture
    def shown(self, story, tmp_path):
        """`shown(size or note)`: what the witness shows; the monitor's faults out."""
        seed = lognote.new_seed()
        key = lognote.Key("sifaju", lognote.WITNESS, lognote.public_of(seed))
        folder = story.written(tmp_path / "log", len(story.leaves) - 4)
        story.cosigned(folder, seed, "sifaju", forging.BEGAN, size=3)

        def at(note):
            checkpoint = lognote.Checkpoint.of(note)
            line = lognote.cosignature(checkpoint, "sifaju", seed, int(story.now.timestamp()))

            class Shows(monitor.Source):
                def get(self, name):
                    return (checkpoint.note + line + "\n").encode()

            return look(story, folder, witnesses=[(key, "http://x")], reach=Shows)

        return at

    def test_as_large_is_no_fault(self, story, shown):
        seen = shown(story.note(len(story.leaves) - 4))
        assert not any("见证方 sifaju" in each for each in seen.faults)

    def test_a_frozen_view(self, story, shown):
        assert any("给您看的少 4 条" in each for each in shown(story.note()).faults)

    def test_a_fork(self, story, shown):
        find(story, "plan")["version"] = "2026-3"
        assert any("日志分叉" in each for each in shown(story.note(9)).faults)

    def test_one_that_is_away_is_said_and_no_fault(self, story, tmp_path):
        key = lognote.Key("x", lognote.WITNESS, lognote.public_of(lognote.new_seed()))
        seen = look(story, story.written(tmp_path), witnesses=[(key, "http://127.0.0.1:9")])
        assert "见证方 x 没有应答" in seen.notes

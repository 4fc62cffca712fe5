"""A month of exchange: what comes from eight sources by file, folder, signed request and pull, with doubles,
corrections, wrong codes and cut files; what goes to three receivers that lose answers, are away, refuse one
row in seven. Played day by day; what stands at its end is told in one table."""

import os
import random
import time
from collections import Counter
from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from publicity.models import Disclosure, Receiver
from publicity.outgoing import answers, gathering, handing, receivers, sending, shapes
from publicity.services import publications
from publicity.states import HandedState
from registries import wire
from registries.models import Delivery, DeliveryRow, Source
from registries.services import arrivals, deliveries, deliveryrows
from registries.states import DeliveryRowState, DeliveryState

from .doubles import Receiver as Double

DAYS = 30
WAYS = {"abnormal": "folder", "penalty": "request", "complaint": "request"}
HEADS = {
    "abnormal": "企业名称,统一社会信用代码,列入日期,移出日期,文号,更新时间",
    "dishonest": "企业名称,统一社会信用代码,列入日期,有效期至,文号,更新时间",
    "penalty": "企业名称,统一社会信用代码,处罚决定日期,决定书文号,当前状态,更新时间",
    "complaint": "被反映对象,统一社会信用代码,受理日期,工单编号,是否属实,更新时间",
    "credit": "企业名称,统一社会信用代码,信用风险等级,评价日期",
    "grading": "企业名称,统一社会信用代码,风险等级,分级分类结果,评定日期",
    "licence": "企业名称,统一社会信用代码,许可证名称,许可证编号,有效期至,更新时间",
    "visits": "企业名称,统一社会信用代码,检查日期,检查部门,检查事项,检查编号",
}


class Month:
    """`cast`: who works; `firms`: of whom is told; `there`: the doubles, by the receivers' codes."""

    def __init__(self, cast, firms, folder, seed=7, say=print):
        self.cast, self.firms, self.folder, self.say = cast, list(firms), folder, say
        self.chance, self.kept = random.Random(seed), []
        self.client = Client()

    def play(self):
        """Thirty days. Raises AssertionError where the end is not as it must be."""
        self._sources()
        with (
            Double("keys", 3, refuses=7, loses=0.2, breaks=0.2) as keyed,
            Double("ask", 5, loses=0.3) as asked,
        ):
            doubles = {"keyed": keyed, "asked": asked}
            self._receivers(doubles)
            for day in range(DAYS):
                self._comes(day)
                self._desk()
                self._goes(day, doubles)
            for double in doubles.values():
                double.refuses = double.loses = double.breaks = 0
            for _ in range(10):
                self._goes(DAYS, doubles)
            self._told(doubles)

    def _sources(self):
        for content in HEADS:
            told = {"name": f"{content} 的部门", "content": content, "way": WAYS.get(content, "file")}
            one = Source.objects.create(bureau=self.cast.clerk.bureau, code=content, **told)
            if one.way == "request":
                arrivals.renew_secret(one, by=self.cast.officer)

    def _receivers(self, doubles):
        for code, double in doubles.items():
            told = {"shapes": ["gsxt-result", "yuan-c6010"], "way": "push", "knows": double.knows}
            told |= {"name": f"平台 {code}", "since": timezone.localdate() - timedelta(days=60)}
            one = Receiver.objects.create(
                bureau=self.cast.clerk.bureau, code=code, address=double.address, **told
            )
            receivers.renew_secret(one, by=self.cast.officer)
        told = {"shapes": ["gsxt-result"], "way": "file", "name": "取文件的平台"}
        told |= {"since": timezone.localdate() - timedelta(days=60), "code": "file"}
        Receiver.objects.create(bureau=self.cast.clerk.bureau, **told)

    # -- in ---------------------------------------------------------------------------------------

    def _comes(self, day):
        for content in HEADS:
            if self.chance.random() < 0.35:
                continue
            data = self._file(content, day)
            if self.kept and self.chance.random() < 0.2:  # something of before comes again
                content, data = self.chance.choice(self.kept)
            self.kept.append((content, data))
            self._bring(content, data, day)

    def _file(self, content, day):
        on = timezone.localdate() - timedelta(days=40 - day)
        rows = [self._row(content, each, on) for each in self.chance.sample(self.firms, 3)]
        rows.append(self.chance.choice(rows))
        broken = self.chance.choice(rows).split(",")
        broken[1] = broken[1][:-1] + ("0" if broken[1][-1:] != "0" else "1")
        rows += [",".join(broken), "查无此户有限公司,," + rows[0].split(",", 2)[2]]
        whole = "\r\n".join([HEADS[content], *rows]) + "\r\n"
        return (whole[:-8] if self.chance.random() < 0.1 else whole).encode()

    def _row(self, content, firm, on):
        number, later = self.chance.randint(1, 9), timezone.localdate() + timedelta(days=400)
        more = {
            "abnormal": (on, self.chance.choice(["", timezone.localdate()]), f"异{number}", f"{on} 10:00"),
            "dishonest": (on, later, f"失{number}", f"{on} 10:00"),
            "penalty": (on, f"罚{number}", self.chance.choice(["正常", "撤销"]), f"{on} 10:00"),
            "complaint": (on, f"工单{number}", self.chance.choice(["属实", "不属实"]), f"{on} 10:00"),
            "credit": (self.chance.choice("ABCD"), on),
            "grading": (self.chance.choice(["红色", "一般"]), self.chance.choice("ABCD"), on),
            "licence": ("烟花爆竹经营（零售）许可证", f"YH{firm.ref[-4:]}{number}", later, f"{on} 10:00"),
            "visits": (on, "县消防救援局", "消防检查", f"消{number}"),
        }[content]
        return ",".join(map(str, (firm.name, firm.credit_code, *more)))

    def _bring(self, content, data, day):
        one = Source.objects.get(code=content, bureau=self.cast.clerk.bureau)
        if one.way == "folder":
            there = arrivals.folder_of(one)
            there.mkdir(parents=True, exist_ok=True)
            path = there / f"{day}-{len(self.kept)}.csv"
            path.write_bytes(data)
            os.utime(path, (time.time() - 60,) * 2)  # nobody writes it any more
        elif one.way == "request":
            headers = wire.signed(one.secret, data)
            where = reverse("arrive", args=[one.bureau.code, one.code])
            answer = self.client.post(where, data, content_type="text/csv", headers=headers)
            assert answer.status_code in (200, 202), answer.content
        else:
            deliveries.receive(one, data, f"{day}.csv", by=self.cast.clerk)
        arrivals.sweep()

    def _desk(self):
        """What people do in the morning: check, confirm, look at the odd ones, undo one in twenty."""
        for one in Delivery.objects.filter(status=DeliveryState.READ):
            deliveries.check(one, by=self.cast.clerk)
        for one in Delivery.objects.filter(status=DeliveryState.CHECKED):
            deliveries.confirm(one, by=self.cast.head)
        arrivals.sweep()
        for row in DeliveryRow.objects.filter(status=DeliveryRowState.ODD).select_related("delivery__source"):
            if row.subject and self.chance.random() < 0.5 and row.delivery.status == DeliveryState.TAKEN:
                deliveryrows.match(row, row.subject, by=self.cast.clerk)
                row.refresh_from_db()
                if row.status == DeliveryRowState.MATCHED:
                    deliveryrows.confirm_row(row, by=self.cast.head)
            else:
                deliveryrows.reject(row, "代码与名称对不上，已问对方", by=self.cast.clerk)
        taken = Delivery.objects.filter(status=DeliveryState.TAKEN)
        if self.chance.random() < 0.05 and taken.exists():
            deliveries.undo(self.chance.choice(list(taken)), "对方说发错了", by=self.cast.head)

    # -- out --------------------------------------------------------------------------------------

    def _goes(self, day, doubles):
        self._public(day)
        for one in Receiver.objects.filter(bureau=self.cast.clerk.bureau):
            gathering.gather(one)
            if one.way == "file":
                self._by_file(one, day)
                continue
            double = doubles[one.code]
            away = day % 9 == 4
            double.go() if away else double.come() if double.server is None else None
            one.rows.update(next_at=None)
            unknown = [HandedState.UNSURE, HandedState.HANDED]
            one.rows.filter(status__in=unknown).update(next_at=timezone.now())
            sending.push(one)
            for row in one.rows.filter(status=HandedState.REFUSED):
                answers.refill(row, by=self.cast.clerk)

    def _by_file(self, one, day):
        batch = handing.take_file(one, by=self.cast.clerk) if day % 3 == 0 else None
        if batch is not None:
            handing.reply(batch, {1: "缺项"} if self.chance.random() < 0.3 else {}, by=self.cast.clerk)
        for row in one.rows.filter(status=HandedState.REFUSED):
            answers.refill(row, by=self.cast.clerk)

    def _public(self, day):
        standing = Disclosure.objects.filter(kind="result", superseded_by=None, ending=None).order_by("pk")
        if day == 10 and standing.exists():
            made = publications.prepare_ending(standing[0], "withdrawn", "登记有误", by=self.cast.clerk)
            publications.judge(made, True, by=self.cast.legal)
        if day == 15 and standing.exists():
            firm = standing[0].report.case.subject
            firm.name += "（更名）"
            firm.save()
            made = publications.prepare_correction(standing[0], "企业已更名", by=self.cast.clerk)
            publications.judge(made, True, by=self.cast.legal)

    # -- what stands ------------------------------------------------------------------------------

    def _told(self, doubles):
        rows = Counter(DeliveryRow.objects.values_list("status", flat=True))
        self.say(
            "来的行：" + "，".join(f"{DeliveryRowState(each).label} {n}" for each, n in sorted(rows.items()))
        )
        waits = {each.value for each in DeliveryRowState if each.waits}
        assert not waits & set(rows), "a row that waits for somebody after the month"
        over = {HandedState.ACCEPTED, HandedState.REPLACED, HandedState.DROPPED}
        for one in Receiver.objects.filter(bureau=self.cast.clerk.bureau):
            states = Counter(one.rows.values_list("status", flat=True))
            said = "，".join(f"{HandedState(each).label} {n}" for each, n in sorted(states.items()))
            self.say(f"{one.name}：{said}")
            assert set(states) <= {each.value for each in over}, (one, states)
            if one.way == "push":
                double = doubles[one.code]
                wanted = {
                    (code, thing.key)
                    for code in one.shapes
                    for thing in gathering.standing(one, shapes.SHIPPED[code]["of"])
                    if not thing.gone
                }
                assert set(double.held) == wanted, set(double.held) ^ wanted
                assert all(times == 1 for times in double.taken.values())
                self.say(f"　对方的清单与我们的一致：{len(wanted)} 条，没有一条登记两次")

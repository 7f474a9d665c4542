"""茶云的客服台：这几周会员写了什么、后来怎么样了。都是编的。"""

from __future__ import annotations

from loyalty_platform.demo_data.desk_story import (
    Lesson,
    Script,
    Step,
    goodwill,
    new,
    note,
    old,
    reply,
    resolve,
    says,
    score,
)

MACROS = (
    (
        "破损致歉并赠茶豆",
        {
            "reply": "{{ customer.name }}您好，茶器在路上磕坏了，实在抱歉。新的今天就给您补寄，"
            "另外送您 {{ goodwill.points }} 茶豆表达歉意，坏的不用寄回。\n\n{{ agent.name }}",
            "grant": {"points": 200, "reason": "damaged", "note": "运输破损"},
            "set": {"category": "damaged"},
        },
    ),
    (
        "请补充照片",
        {
            "reply": "{{ customer.name }}您好，麻烦拍一张商品和外箱面单的照片发给我们，"
            "我们好查是哪一批。谢谢！\n\n{{ agent.name }}"
        },
    ),
    ("转快递核查", {"note": "已让快递公司核查，等回复。", "set": {"status": "supplier"}}),
)  # fmt: skip

_BROKEN = (
    old("gw1", 38, "10:12", "盖碗碎了一只", "外箱压扁了，打开盖碗碎成三片。", "damaged",
        reply(40, "非常抱歉！新的盖碗今天发出，碎的不用寄回。"), goodwill(42, 200, "damaged"), resolve(60), score(300, 4),
        about="茶器"),
    old("gw2", 35, "15:30", "品茗杯缺口", "四只杯子里有一只杯口崩了。", "damaged",
        reply(55, "给您补寄一只，注意别划到手。"), resolve(65), about="茶器"),
    old("gw3", 33, "11:05", "紫砂壶盖裂了", "壶盖有一道裂纹，倒水会漏。", "damaged",
        reply(30, "抱歉，这把给您换新。"), goodwill(31, 260, "damaged"), resolve(90), score(420, 5, "换得很快"), about="茶器"),
    old("gw4", 31, "16:48", "快递箱子湿透，茶器磕坏", "箱子薄得像纸。", "damaged",
        reply(75, "抱歉让您失望了，我们补发并升级包装。"), resolve(80), about="茶器"),
    old("gw5", 29, "09:40", "又碎了", "上个月碎过一次，这次又碎，能不能包好点？", "damaged",
        reply(35, "真的很抱歉，这次我们加双层箱寄出。"), goodwill(38, 300, "damaged", "第二次破损"), resolve(50),
        score(700, 2, "说了加固，结果还是老样子的箱子。"), about="茶器",
        recovery=(
            reply(1500, "您说得对，上次没有换箱子。今天起茶器都用双层箱，给您重发的这件是我亲手打包的。", by="owner"),
            says(1700, "收到了，包得很好，谢谢老板。"), Step(1720, "resolve", by="owner"),
        )),
    old("gw6", 27, "13:22", "公道杯把手断了", "打开就断了，不是我摔的。", "damaged",
        reply(45, "我们相信您，马上补发。"), resolve(48), about="茶器"),
    old("gw7", 25, "17:15", "盖碗套装碎两件", "一套六件碎了两件。", "damaged",
        reply(35, "抱歉，整套给您重发。"), goodwill(36, 200, "damaged"), resolve(40), about="茶器"),
    old("gw8", 23, "10:33", "茶壶嘴磕了", "壶嘴少了一小块。", "damaged",
        reply(28, "抱歉，换新的给您，包装我们正在改。"), resolve(35), score(200, 5), about="茶器"),
    old("gw9", 8, "14:20", "杯子有划痕", "不影响用，就是有点介意。", "damaged",
        reply(25, "给您换一只完好的。"), resolve(30), score(120, 5, "客服很耐心"), about="茶器"),
)  # fmt: skip

_SETTLED = (
    old("late1", 20, "11:50", "快递五天了还没到", "送礼用的，后天就要。", "delivery",
        reply(20, "马上催件，今天给您准信。"), Step(22, "pause"), note(25, "快递说压在杭州中转站。"),
        reply(300, "查到了，明天上午送达，运费退您。"), goodwill(302, 150, "late", "送礼急用"), resolve(1500),
        score(1600, 4), about="茶叶"),
    old("late2", 19, "18:40", "物流信息三天没动", "是不是丢件了？", "delivery",
        reply(900, "确认丢件，已为您重新发货，抱歉让您久等。"), goodwill(905, 280, "late"), resolve(910),
        score(1000, 3, "等了一夜才回"), about="茶叶"),
    old("taste", 17, "20:05", "龙井没有去年香", "同一款，今年淡了不少。", "quality",
        reply(850, "今年春寒，明前产量少、香气偏清。您若不满意，未拆的可以退。"), says(900, "拆了一罐，另一罐退吧。"),
        reply(930, "好的，退款原路返回，另送您一份新茶茶样。"), resolve(940), score(1300, 4), about="茶叶"),
    old("bug", 15, "09:15", "普洱饼里有虫！", "掰开有小虫子，太吓人了，还敢喝吗？", "quality",
        note(8, "优先处理，先电话联系客人。"),
        reply(15, "非常抱歉！已电话与您确认，整饼退款，同批次先下架送检。", by="owner"),
        goodwill(40, 1000, "quality", "同批次送检", then="approved", note="同意，检测结果出来要告诉客人。"),
        reply(2900, "检测结果是储存时带入的茶虫，对人体无害，但这是我们的责任。仓库已做密封处理。", by="owner"),
        resolve(2905), score(3300, 4, "态度不错，希望别再有"), priority="urgent", about="茶叶/普洱", channel="wechat"),
    old("member", 13, "12:08", "茶豆怎么少了 500？", "我没用过啊。", "points",
        reply(30, "查到了：10 月在小程序抵扣过一次 10 元，明细里可以看到。"), says(60, "哦是我老婆用的，不好意思。"), resolve(65),
        score(90, 5, "解释得很清楚")),
    old("rude", 3, "16:30", "门店员工态度冷淡", "问了三遍才理我。", "service",
        reply(1000, "感谢您告诉我们，已和门店沟通。", by="owner"), resolve(1005),
        score(1600, 1, "敷衍，没人问我具体怎么回事。"), channel="review"),
    old("invoice", 11, "10:02", "开发票", "抬头：杭州某某科技有限公司，税号稍后发。", "question",
        reply(18, "好的，收到税号后当天开出。"), says(60, "税号已私信。"), reply(75, "电子发票已发到您的邮箱。"), resolve(76),
        score(100, 5), about="茶叶"),
    old("gift", 10, "15:55", "能代写贺卡吗？", "送长辈生日。", "question",
        reply(22, "可以的，下单时备注内容就好，手写的。"), resolve(23), score(60, 0)),
    old("again", 9, "11:11", "再赔我 2000 茶豆", "上次的事情我越想越气。", "service",
        reply(50, "理解您的心情，上次的问题我们已退款并致歉。"),
        goodwill(55, 900, "gesture", "情绪较大，想再安抚一次", then="declined", note="已经退款加赠过，送 100 即可。"),
        goodwill(200, 100, "gesture"), resolve(210), score(600, 3), same_as="gw5"),
    old("wrong", 6, "13:40", "发错货", "买的肉桂，收到的是铁观音。", "wrong_item",
        reply(25, "抱歉发错了！铁观音您留着喝，肉桂今天补发。"), goodwill(27, 100, "wrong_item"), resolve(35),
        score(180, 5, "太爽快了"), about="茶叶/乌龙"),
)  # fmt: skip

_OPEN = (
    old("mould", 4, "10:26", "小青柑有霉味", "泡出来味道不对，怀疑受潮。", "quality",
        reply(35, "请先别喝，麻烦拍一下干茶和罐底日期。"), about="茶叶/普洱"),
    old("lost", 3, "17:20", "少发一罐", "买了三罐只收到两罐。", "wrong_item",
        reply(15, "抱歉，正在查仓库监控，查清马上补。"), Step(16, "pause"), note(18, "仓库明天上午回复。"), about="茶叶"),
    old("lost2", 3, "17:50", "少了一罐！刚才小程序也留言了", "请尽快处理。", "wrong_item",
        Step(12, "merge", "lost"), same_as="lost", channel="wechat"),
    old("slow", 2, "11:30", "退款还没到账", "说三个工作日，今天第五天了。", "refund", about="茶叶"),
    old("scald", 2, "15:05", "煮茶壶炸裂", "正在煮茶突然裂开，差点烫到孩子。", "quality",
        reply(20, "您和孩子都没事吧？请先停用，我马上打电话给您。"),
        goodwill(60, 800, "quality", "有安全隐患，建议多给一些"), priority="urgent", about="茶器/茶壶"),
    old("level", 1, "10:10", "怎么从云雾掉到青叶了？", "我每个月都买。", "points",
        reply(40, "等级看最近 12 个月的成长值，您还差 46 点，保级期还有 20 天。"),
        says(75, "那再买一单就够了对吧？"), about="茶叶"),
    old("box", 1, "14:33", "礼盒能换包装吗", "想换成红色的，送婚礼用。", "question",
        reply(30, "可以换，红色礼盒后天到货，到时候联系您。"), Step(32, "snooze", number=30), about="茶叶"),
    old("back", 5, "12:18", "茶漏网子脱了", "用第一次就脱了。", "quality",
        reply(40, "抱歉，已补发一只。"), resolve(45), Step(4300, "reopen", "三天了，补发的还没收到。"), about="茶器"),
    new("burst", 170, "快递把茶饼摔碎了", "整饼碎成渣，还能换吗？", "damaged", about="茶叶/普洱"),
    new("phone", 80, "手机号换了怎么登录", "旧号已经注销。", "points", channel="phone", priority="high"),
    new("ask", 45, "白茶怎么存？", "家里潮，怕放坏。", "question"),
    new("guest", 25, "公司团购 30 份礼盒", "中秋员工福利，能打折吗？要对公转账。", "question",
        guest=("李女士", "+8613700007788")),
)  # fmt: skip

SCRIPT = Script(
    stories=(*_BROKEN, *_SETTLED, *_OPEN),
    lessons=(
        Lesson(
            "gw5", "Packaging too weak",
            "一个月里碎了八件茶器。外箱从五层改成三层以后，四角没有缓冲，中转摔一次就碎。",
            "茶器一律用五层双瓦楞箱，四角加蜂窝纸；每箱出库前摔落测试一次。", "second",
            written_days_ago=21, due_days_ago=20, check_days_ago=0, done_days_ago=20, points=960, cost_minor=162_000, minutes=300,
        ),
        Lesson(
            "bug", "Faulty batch",
            "古树普洱同批三饼有茶虫，仓库夏天没有密封。",
            "普洱入库前抽检，夏季每周测一次温湿度，拆箱后一律真空密封。", "owner",
            written_days_ago=11, due_days_ago=2, check_days_ago=-28, points=1000, cost_minor=53_600, minutes=120,
        ),
    ),
    macros=MACROS,
    documents={
        "routing": {
            "rules": [
                {
                    "name": "安全问题优先",
                    "when": {"words": ["烫", "炸裂", "虫", "过敏", "玻璃渣"]},
                    "then": {"priority": "urgent", "skill": "质检"},
                },
                {"name": "大额订单", "when": {"order_total_at_least_minor": 80_000}, "then": {"priority": "high"}},
            ]
        },
        "sla": {
            "rules": [
                {
                    "name": "紧急", "priorities": ["urgent"], "first_response_minutes": 30, "next_response_minutes": 60,
                    "resolution_minutes": 240,
                },
                {
                    "name": "高山、云雾会员", "tiers": ["peak", "cloud"], "first_response_minutes": 60,
                    "next_response_minutes": 120, "resolution_minutes": 540,
                },
                {
                    "name": "高优先级", "priorities": ["high"], "first_response_minutes": 60, "next_response_minutes": 120,
                    "resolution_minutes": 540,
                },
            ],
            "otherwise": {"first_response_minutes": 240, "next_response_minutes": 480, "resolution_minutes": 1620},
        },
    },
    skills=("质检", "茶艺"),
)  # fmt: skip

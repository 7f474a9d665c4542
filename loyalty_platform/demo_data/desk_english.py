"""The grocer's desk: what its members wrote these weeks, and what became of it. All of it is made up."""

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

_HELLO = "Hello {{ customer.name }},\n\n"
MACROS = (
    (
        "Spoiled on arrival: points",
        {
            "reply": _HELLO + "we are sorry about what you found in your bag. We have put {{ goodwill.points }} points on your "
            "account. No need to bring anything back.\n\n{{ agent.name }}",
            "grant": {"points": 150, "reason": "quality", "note": "Spoiled produce"},
        },
    ),
    (
        "Ask for a photo",
        {
            "reply": _HELLO + "could you send us a photo of the item and its label? Then we can tell which delivery it came "
            "from.\n\n{{ agent.name }}"
        },
    ),
    (
        "Hand to the store manager",
        {"note": "Handed to the store manager of the day.", "set": {"status": "supplier", "priority": "high"}},
    ),
)  # fmt: skip

_SPOILED = (
    old("berry1", 41, "10:05", "Mouldy strawberries", "Bought them last night, this morning half the box was fuzzy.", "quality",
        reply(55, "Sorry about that! Points for a new box are on your card."), goodwill(56, 100, "quality"), resolve(60),
        about="Produce"),
    old("berry2", 38, "16:40", "Strawberries gone soft after a day", "Second time this month with the berries.", "quality",
        reply(70, "That should not happen twice. We pass it on to produce."), resolve(75), score(240, 3), about="Produce"),
    old("berry3", 36, "09:30", "Blueberries were mouldy underneath", "You only see it when you turn the box.", "quality",
        reply(40, "Thank you for telling us. A new box is on us."), goodwill(41, 100, "quality"), resolve(50),
        about="Produce"),
    old("berry4", 33, "12:15", "Raspberries: please check your cooling", "They were warm in the store already.", "quality",
        reply(90, "We asked the store to check the case. Thank you."), note(95, "Case 4 showed 48 °F at noon."), resolve(400),
        score(600, 2, "Nobody told me what came out of it."), about="Produce",
        recovery=(
            reply(1500, "You are right, we owed you an answer: the case showed 48 °F at noon; it was repaired this morning.",
                  by="owner"),
            says(1600, "Thank you, that is all I wanted to know."), Step(1620, "resolve", by="owner"),
        )),
    old("berry5", 30, "17:55", "Another box of bad berries", "Photo at the till if you need one.", "quality",
        reply(80, "No need, we believe you. The price is back on your card as points."), goodwill(82, 120, "quality"),
        resolve(90), about="Produce"),
    old("berry6", 28, "11:20", "Mouldy berries again!", "I stopped buying them. Just so you know.", "quality",
        reply(65, "We understand. We are looking at the whole chain now, and will write when we know."), resolve(70),
        about="Produce"),
    old("berry7", 26, "14:10", "Grapes and berries both off", "Two boxes, both in the bin.", "quality",
        reply(30, "Sorry, and thank you for your patience with us."), goodwill(31, 200, "quality"), resolve(45), about="Produce"),
    old("berry8", 24, "10:50", "Strawberries", "Squashed and wet at the bottom.", "quality",
        reply(45, "Sorry! We changed something about this today, and hope you will notice."), resolve(50), score(300, 5),
        about="Produce"),
    old("berry9", 9, "15:30", "One bruised peach", "The rest of the bag was lovely, but one was brown.", "damaged",
        reply(35, "Thank you for telling us. The peach is on us."), goodwill(36, 20, "quality"), resolve(40),
        score(90, 5, "Quick and kind."), about="Produce"),
)  # fmt: skip

_SETTLED = (
    old("pickup", 21, "18:20", "Waited 50 minutes at curbside pickup", "I had a baby in the car. Nobody came out, nobody picked "
        "up the phone.", "delivery",
        reply(15, "That is not how it should be, and we are sorry. I will find out what happened tonight."),
        note(30, "Two people called in sick, phone was on the service desk. Told Olivia."),
        reply(960, "We were two people short and did not tell you. From now on the sign shows the waiting time. Please accept "
              "500 points.", by="owner"),
        goodwill(965, 500, "service", "Baby in the car, 50 minutes", then="approved", note="Right thing to do."),
        resolve(970), score(1200, 4, "Thanks for taking it seriously."), about="Grocery"),
    old("double", 18, "09:45", "Charged twice for the same milk", "The slip shows two, I only took one.", "refund",
        reply(40, "You are right, the scanner read it twice. The amount goes back to your card."), resolve(60),
        score(180, 5), about="Grocery"),
    old("points", 16, "13:05", "My points are missing", "I paid on Saturday and got nothing.", "points",
        reply(25, "Your card was not read. I have added the points by hand; they are on your account now."), resolve(30),
        score(200, 5, "Solved in half an hour!"), about="Grocery"),
    old("allergy", 14, "08:50", "Nuts in the fruit platter", "It said nut free. My son is allergic. We saw it in time.",
        "wrong_item",
        Step(10, "note", "Urgent. Called the customer at once; everybody is well."),
        reply(20, "We are very sorry, and glad that nothing happened. The platter is off the shelf as of now.", by="owner"),
        goodwill(45, 1000, "quality", "Allergen on a nut-free platter", then="approved", note="Could have ended badly."),
        reply(1500, "The label came from another product. Every platter now gets its label at the counter where it is made.",
              by="owner"),
        resolve(1510), priority="urgent", about="Deli", channel="phone"),
    old("rude", 3, "19:10", "The person at the service desk was rude", "I only asked about a coupon.", "service",
        reply(830, "Thank you for telling us, and sorry. I spoke with the team this morning.", by="owner"), resolve(835),
        score(1500, 1, "A standard answer. Nobody asked me what was said."), about="Grocery"),
    old("hours", 11, "20:30", "Are you open on Thanksgiving?", "And until when?", "question",
        reply(760, "From 7 a.m. to 3 p.m. on Thanksgiving Day. Have a good one!"), resolve(761), score(800, 0)),
    old("platter", 10, "11:40", "Order a platter for 20?", "For Saturday next week, with one vegetarian half.", "question",
        reply(50, "Gladly! Do you prefer bread or wraps?"), says(120, "Wraps please."),
        reply(140, "Noted and passed on to the deli. Pick it up from 10 a.m."), resolve(141), score(300, 5)),
    old("bread", 8, "10:15", "Bread sold on its last day", "At full price, too.", "refund",
        reply(300, "It should have been marked down. The difference is on your card."),
        goodwill(301, 50, "quality"), resolve(310), score(420, 4), about="Pastry"),
    old("fuel", 7, "17:30", "Why no points on fuel?", "The lady at the pump said there would be.", "points",
        reply(35, "Fuel is left out of the programme, and we are sorry that somebody told you otherwise."),
        says(70, "A pity, but thank you."), resolve(80), score(160, 4)),
    old("tooMuch", 6, "12:30", "I want 5,000 points for my trouble", "The parking lot was full twice.", "service",
        reply(60, "We are sorry about the parking lot. We cannot do that, but here is a small thank-you for your patience."),
        goodwill(62, 800, "gesture", "Asks often", then="declined", note="Third request this month. 100 are plenty."),
        goodwill(180, 100, "gesture"), resolve(190), score(600, 3)),
)  # fmt: skip

_OPEN = (
    old("chicken", 5, "16:05", "Chicken smelled bad", "Opened it today, two days before its date.", "quality",
        reply(50, "Please do not eat it. Could you send us a photo of the label?"),
        Step(55, "link", "bread"), about="Meat"),
    old("receipt", 4, "09:20", "Receipt by e-mail", "Can I get the receipt of my last basket again, for work?", "question",
        reply(600, "Of course. Which address may we send it to?"), about="Grocery"),
    old("missing", 3, "14:45", "Half my delivery is missing", "Three bags of five arrived.", "wrong_item",
        reply(20, "Sorry! We are asking the driver where the other two went."),
        Step(25, "pause"), note(26, "Carrier looks for them until tomorrow."), about="Grocery"),
    old("missing2", 3, "15:10", "Two bags missing!!", "Just wrote through the web page, now here. Please call me.", "wrong_item",
        Step(30, "merge", "missing"), same_as="missing", channel="email"),
    old("leak", 2, "11:35", "Detergent leaked over everything", "Bread, rice and flour: all of it smells of soap.", "damaged",
        about="Drug gm"),
    old("late", 2, "17:15", "Delivery came at 10 pm instead of 6", "Ice cream was soup.", "delivery",
        reply(40, "That is far too late, sorry! We will refund the ice cream and look at the route."),
        goodwill(45, 600, "late", "Ice cream melted, four hours late"), about="Grocery"),
    old("tier", 1, "10:40", "Why did I lose Gold?", "I shop here every week.", "points",
        reply(45, "Tiers look at the past six months. You are 14 dollars short, and keep Gold for 30 more days."),
        says(90, "So one more basket is enough?"), about="Grocery"),
    old("coupon", 1, "13:25", "Coupon did not work at the till", "50 cents off yoghurt, still valid.", "refund",
        reply(60, "We will pay it back at your next visit. Which store was it?"),
        Step(62, "snooze", number=20), about="Grocery"),
    old("reopened", 4, "12:10", "Wrong cheese in my order", "I ordered Swiss and got Cheddar.", "wrong_item",
        reply(30, "Sorry for the mix-up. The amount is refunded."), resolve(35),
        Step(2900, "reopen", "I still do not see the refund on my card."), about="Deli"),
    new("eggs", 150, "Six of twelve eggs broken", "The bag had been put under the water bottles.", "damaged", about="Grocery"),
    new("card", 65, "Lost my card", "Can you block it and send me a new one? I have about 2,000 points on it.", "points",
        priority="high", channel="phone"),
    new("stroller", 35, "The door for strollers is stuck", "Since last week, at the Main Street store.", "service",
        channel="review"),
    new("guestpaper", 20, "Invoice for our office", "We bought snacks for 84.20 yesterday and need an invoice.", "question",
        guest=("Robin Hale", "robin.hale@example.com")),
)  # fmt: skip

SCRIPT = Script(
    stories=(*_SPOILED, *_SETTLED, *_OPEN),
    lessons=(
        Lesson(
            "berry6", "Faulty batch",
            "Eight complaints about berries in four weeks. They stood on the dock for up to two hours before they went into the "
            "cooler, and the case in aisle 4 was too warm at noon.",
            "Berries go from the truck into the cooler first. The case is read three times a day, with initials.", "second",
            written_days_ago=23, due_days_ago=22, check_days_ago=0, done_days_ago=22, points=520, cost_minor=18_450, minutes=240,
        ),
        Lesson(
            "allergy", "Not as described",
            "A fruit platter with nuts carried the label of the nut-free one: labels were printed in one go and put on later.",
            "Labels are printed at the counter, one platter at a time.", "owner",
            written_days_ago=12, due_days_ago=3, check_days_ago=-30, points=1000, cost_minor=4_200, minutes=90,
        ),
    ),
    macros=MACROS,
    documents={
        "routing": {
            "rules": [
                {
                    "name": "Health first",
                    "when": {"words": ["allerg", "sick", "glass", "smelled bad"]},
                    "then": {"priority": "urgent", "skill": "food-safety"},
                },
                {"name": "Large baskets", "when": {"order_total_at_least_minor": 15_000}, "then": {"priority": "high"}},
            ]
        },
        "sla": {
            "rules": [
                {
                    "name": "Urgent", "priorities": ["urgent"], "first_response_minutes": 30, "next_response_minutes": 60,
                    "resolution_minutes": 240,
                },
                {
                    "name": "Diamond and Gold", "tiers": ["diamond", "gold"], "first_response_minutes": 60,
                    "next_response_minutes": 120, "resolution_minutes": 540,
                },
                {
                    "name": "High priority", "priorities": ["high"], "first_response_minutes": 60, "next_response_minutes": 120,
                    "resolution_minutes": 540,
                },
            ],
            "otherwise": {"first_response_minutes": 240, "next_response_minutes": 480, "resolution_minutes": 1620},
        },
    },
    skills=("food-safety", "delivery"),
)  # fmt: skip

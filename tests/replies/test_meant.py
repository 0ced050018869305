"""What people write that is easily mistaken for something else."""

from __future__ import annotations

import pytest

from outreach.replies import understand

#: what they write, then what is to be read: each field as one or several readings
MAILS: list[tuple[str, dict[str, tuple[str, ...]]]] = [
    ("We will hold a vigil for him on Friday.", {"kind": ("unknown", "volunteer")}),
    ("They will hold him in prison for ten years. It is awful.", {"kind": ("unknown",)}),
    ("Can you help my brother? He is in prison in Eritrea.", {"kind": ("question",)}),
    (
        "My name is Israel Adesanya and I live in New Zealand. Count me in!",
        {"kind": ("volunteer",), "name": ("Israel Adesanya",), "country": ("NZ",)},
    ),
    (
        "I am Jordan Clarke from Jamaica and would like to host.",
        {"kind": ("volunteer",), "name": ("Jordan Clarke",), "country": ("JM",)},
    ),
    ("Hello, I'm Chad. I'd love to take part. I live in Chad.", {"country": ("TD", "")}),
    (
        "Name: Georgia Papadopoulou\nEmail: g@p.example\nCountry: Cyprus",
        {"name": ("Georgia Papadopoulou",), "country": ("CY",), "email": ("g@p.example",)},
    ),
    (
        "Name: Paris Jackson\nCountry: Kenya\nEmail: paris@p.example",
        {"name": ("Paris Jackson",), "country": ("KE",)},
    ),
    (
        "Full name - Amina Yusuf\nE-mail - amina@p.example\nCountry - Somaliland",
        {"name": ("Amina Yusuf",), "country": ("SO", "")},
    ),
    (
        "Name: John Congo\nEmail: j@p.example\nCountry: Congo",
        {"name": ("John Congo",), "country": ("",)},
    ),
    ("Nom : Kabila\nPrénom : Jean\nPays : RDC", {"country": ("CD",)}),
    ("I live in Georgia, near Atlanta.", {"country": ("US", "")}),
    ("I'm writing from Tbilisi, Georgia. Count me in", {"country": ("GE",)}),
    ("I live in Niamey, Niger.", {"country": ("NE",)}),
    ("I live in Niger State, Nigeria.", {"country": ("NG",)}),
    ("Je vis à Conakry en Guinée.", {"country": ("GN",)}),
    ("Vivo en Malabo, Guinea Ecuatorial.", {"country": ("GQ",)}),
    ("Sou da Guiné-Bissau e quero participar.", {"country": ("GW",)}),
    ("I am Congolese and live in Brazzaville.", {"country": ("CG", "")}),
    ("I was born in Syria but I live in Germany now. I want to help.", {"country": ("DE", "")}),
    ("I am a French teacher in Ghana and want to organise an event", {"country": ("GH",)}),
    ("I love Turkish coffee and Greek food. Where do I sign up?", {"country": ("",)}),
    ("I am from Ireland but based in London", {"country": ("GB", "IE", "")}),
    ("No longer interested, thanks.", {"kind": ("decline", "unsubscribe", "thanks")}),
    ("Please don't stop writing to me!", {"kind": ("unknown", "volunteer", "thanks")}),
    ("Unsubscribe", {"kind": ("unsubscribe",)}),
    (
        "I never subscribed to this. How did you get my address?",
        {"kind": ("question", "unsubscribe")},
    ),
    ("STOP the killings in Sudan! I want to help.", {"kind": ("volunteer",)}),
    ("Por favor no me escriban más", {"kind": ("unsubscribe",)}),
    ("Ne m'écrivez plus svp", {"kind": ("unsubscribe",)}),
    ("Bitte keine weiteren Mails", {"kind": ("unsubscribe",)}),
    ("لا ترسلوا لي رسائل بعد الآن", {"kind": ("unsubscribe",)}),
    ("больше не пишите мне", {"kind": ("unsubscribe",)}),
    ("I can't organise an event but I would love to take part in one.", {"kind": ("volunteer",)}),
    ("Unfortunately I can't this year.", {"kind": ("decline", "unknown")}),
    ("Nie mogę w tym roku zorganizować wydarzenia, przykro mi.", {"kind": ("decline",)}),
    ("Не смогу провести вечер в этом году.", {"kind": ("decline",)}),
    ("Bu yıl maalesef katılamayacağım.", {"kind": ("decline",)}),
    ("Siwezi kuandaa mwaka huu, samahani.", {"kind": ("decline",)}),
    ("今年は参加できません。", {"kind": ("decline",)}),
    ("我今年不能参加。", {"kind": ("decline",)}),
    ("올해는 참여할 수 없습니다.", {"kind": ("decline", "unknown")}),
    ("Tahun ini saya tidak bisa mengadakan acara.", {"kind": ("decline",)}),
    ("Năm nay tôi không thể tham gia.", {"kind": ("decline",)}),
    ("ปีนี้ไม่สามารถเข้าร่วมได้", {"kind": ("decline",)}),
    ("En voi järjestää tapahtumaa tänä vuonna.", {"kind": ("decline",)}),
    ("Idén sajnos nem tudok eseményt szervezni.", {"kind": ("decline",)}),
    ("Letos bohužel nemohu akci uspořádat.", {"kind": ("decline",)}),
    ("Nu pot organiza un eveniment anul acesta.", {"kind": ("decline",)}),
    ("לא אוכל לארגן אירוע השנה.", {"kind": ("decline",)}),
    ("لا أستطيع تنظيم فعالية هذا العام", {"kind": ("decline",)}),
    ("Non posso organizzare un evento quest'anno.", {"kind": ("decline",)}),
    ("Ik kan dit jaar helaas niets organiseren.", {"kind": ("decline",)}),
    ("Jag kan tyvärr inte ordna något i år.", {"kind": ("decline",)}),
    ("Δεν μπορώ να οργανώσω εκδήλωση φέτος.", {"kind": ("decline",)}),
    ("Ich kann dieses Jahr leider nichts organisieren.", {"kind": ("decline",)}),
    ("मैं इस साल भाग नहीं ले सकता।", {"kind": ("decline", "unknown")}),
    (
        "Thank you so much for all you do, God bless you from Uganda!",
        {"kind": ("thanks",), "country": ("UG",)},
    ),
    (
        "Regards,\nDr. María José Núñez-Peña, PhD\nUniversidad de Chile",
        {"name": ("Ana Lima", "María José Núñez-Peña", "Dr. María José Núñez-Peña")},
    ),
    ("I'm interested.\n\nSent from my iPhone", {"kind": ("volunteer",)}),
    ("Yes please", {"kind": ("volunteer",)}),
    ("Ndiyo", {"kind": ("volunteer",)}),
    (
        "+1 from me, count us in - the Quaker Meeting in Nairobi, Kenya",
        {"kind": ("volunteer",), "country": ("KE",)},
    ),
    (
        "My email has changed, please use ana.new@p.example instead of this one.",
        {"email": ("ana.new@p.example",)},
    ),
    ("I am happy to host. My number: 0712 345 678 (Nairobi).", {"phone": ("0712 345 678",)}),
]


@pytest.mark.parametrize(("text", "expected"), MAILS)
def test_words_are_read_as_they_are_meant(text: str, expected: dict[str, tuple[str, ...]]) -> None:
    """A country in a name, a wish about something else, a refusal in any language."""
    head = "From: Ana Lima <ana@p.example>\nTo: e@l.example\nSubject: Re: Write letters\n"
    found = understand(f"{head}Content-Type: text/plain; charset=utf-8\n\n{text}\n".encode())
    got = {key: str(getattr(found, key)) for key in expected}
    assert all(got[key] in readings for key, readings in expected.items()), got

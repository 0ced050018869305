"""What people want, told from their own words, in the languages that they write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from outreach.model import ReplyKind
from outreach.replies import Understanding, understand

#: wishes to get no more that nobody has to look at
STOP = [
    "Merci de ne plus m'écrire.",
    "Merci de ne plus m'envoyer de mails, merci !",
    "أرجو عدم مراسلتي مرة أخرى. شكرا",
    "Dénme de baja de la lista",
    "denme de baja por favor, gracias",
    "I don't want these emails any more",
    "Leave me alone!",
    "Please stop.",
    "Please stop writing to me. Thanks.",
    "Stop emailing me",
    "No more emails please, thank you",
    "Kindly remove my address from your mailing list. Thank you!",
    "Take me off this list",
    "Thanks, but please take my name off your list.",
    "I no longer wish to receive your newsletter",
    "Do not contact me again. Thank you.",
    "never write to me again",
    "unsubscribe please thanks",
    "I am unsubscribing",
    "ok stop",
    "STOP\n\nJean",
    "STOP\nJean",
    "Unsubscribe\n\nJean Mbuyi",
    "Hello,\n\nunsubscribe",
    "Good morning\nUnsubscribe.\n\nJean\nLome",
    "Désabonnement\n\nJean",
    "Baja\n\nJuan",
    "إلغاء الاشتراك\n\nأحمد",
    "Please cancel my subscription",
    "I would like to cancel this subscription. Thanks",
    "Remove me from this list. This one is private.",
    "Take me off. I will read the news instead.",
    "Thank you but I'd rather not get any more of these messages.",
    "Désinscrire",
    "desinscription svp",
    "Merci de me retirer de votre liste de diffusion.",
    "Merci de me désinscrire",
    "Merci de bien vouloir supprimer mon adresse. Cordialement",
    "Arrêtez de m'écrire, merci",
    "Laissez-moi tranquille",
    "Je me désabonne",
    "Je ne veux plus de vos mails. Merci",
    "j'veux plus recevoir vos messages merci",
    "No me escriban más, gracias",
    "Por favor, bórrenme de su lista. Gracias",
    "Me doy de baja",
    "Quiero que me den de baja",
    "No quiero recibir más correos. Gracias",
    "Déjenme en paz",
    "Por favor remova meu e-mail da lista. Obrigado",
    "Não quero mais receber estes e-mails, obrigada",
    "Parem de me escrever",
    "Bitte melden Sie mich ab. Danke",
    "Bitte abmelden, danke!",
    "Bitte keine weiteren E-Mails mehr. Danke",
    "Bitte streichen Sie mich von der Liste",
    "Ich möchte keine Post mehr von Ihnen. Danke!",
    "Schreiben Sie mir bitte nicht mehr. Danke",
    "Lassen Sie mich in Ruhe",
    "Per favore cancellami dalla lista, grazie",
    "Non scrivetemi più, grazie",
    "Basta email, grazie",
    "Graag afmelden, bedankt",
    "Stuur mij geen mails meer, dank u",
    "Haal me van de lijst",
    "Вычеркните меня из списка, спасибо",
    "Отпишите меня, пожалуйста. Спасибо",
    "Больше не пишите мне, спасибо",
    "Прошу больше не присылать мне письма. Спасибо.",
    "Будь ласка, відпишіть мене. Дякую",
    "Не пишіть мені більше",
    "Beni listeden çıkarın, teşekkürler",
    "Lütfen bana bir daha yazmayın. Teşekkürler",
    "Artık e-posta göndermeyin lütfen, teşekkür ederim",
    "إلغاء الاشتراك من فضلكم، شكرا",
    "لا أريد المزيد من الرسائل، شكرا",
    "رجاءً توقفوا عن إرسال الرسائل إلي وشكرا",
    "الرجاء حذف عنواني من القائمة",
    "退订,谢谢",
    "请把我从名单中删除,谢谢",
    "请不要再给我发邮件了,谢谢",
    "別再寄信給我,謝謝",
    "配信停止してください。",
    "配信停止をお願いします。ありがとうございます。",
    "今後メールを送らないでください。",
    "수신거부 합니다. 감사합니다",
    "더 이상 메일을 보내지 마세요",
    "ช่วยลบชื่อฉันออกจากรายชื่อด้วย ขอบคุณ",
    "หยุดส่งอีเมล ขอบคุณค่ะ",
    "Tolong berhenti mengirim email ke saya. Terima kasih",
    "Hapus alamat saya dari daftar, terima kasih",
    "Tafadhali niondoe kwenye orodha, asante",
    "Msinitumie barua pepe tena, asante",
    "Ondoa jina langu kwenye orodha",
    "Proszę mnie wypisać z listy. Dziękuję",
    "Nie chcę więcej otrzymywać tych maili, dziękuję",
    "لطفاً مرا از فهرست حذف کنید. ممنون",
    "لطفا دیگر به من ایمیل نفرستید",
    "कृपया मुझे सूची से हटा दें। धन्यवाद",
    "मुझे और ईमेल मत भेजिए",
    "Vui lòng hủy đăng ký. Cảm ơn",
    "Đừng gửi email cho tôi nữa, cảm ơn",
    "Παρακαλώ διαγράψτε με από τη λίστα. Ευχαριστώ",
    "Μη μου στέλνετε άλλα μηνύματα",
    "נא להסיר אותי מהרשימה, תודה",
    "הסר",
    "Snälla ta bort mig från listan, tack",
    "Sluta skicka mejl till mig",
    "Vennligst fjern meg fra listen. Takk",
    "Vær venlig at afmelde mig, tak",
    "Poistakaa minut listalta, kiitos",
    "Vă rog să mă ștergeți din listă, mulțumesc",
    "Kérem, töröljenek a listáról. Köszönöm",
    "Prosím odhlaste mě. Děkuji",
    "Prosím, už mi nepíšte. Ďakujem",
    "দয়া করে আমাকে তালিকা থেকে বাদ দিন। ধন্যবাদ",
    "براہ کرم مجھے فہرست سے نکال دیں۔ شکریہ",
    "እባክዎ ከዝርዝሩ አስወጡኝ",
]

#: wishes that are granted, and that somebody answers too
STOP_AND_ANSWER = [
    "Who gave you my address? Delete my data.",
    "How do I unsubscribe?",
    "Can you take me off this list?",
    "Please delete all my personal data under the GDPR. Thanks",
    "Comment me désabonner ?",
    "Supprimez toutes mes données personnelles. Merci",
    "¿Cómo me doy de baja?",
    "Eliminen mis datos, gracias",
    "Wie kann ich mich abmelden?",
    "Löschen Sie alle meine Daten. Danke",
    "Как отписаться?",
    "كيف ألغي الاشتراك؟",
    "如何退订?",
]

#: of people who want to go on hearing from us, or who speak of something else
NOT_STOP = [
    "I do not want to unsubscribe!",
    "Please do not unsubscribe me, I love your letters",
    "Please don't stop writing to me",
    "Never stop sending these emails. Thank you!",
    "I got nothing from you last month. Did you stop sending me mails?",
    "If you stop writing to me I will miss it.",
    "I do not want to receive mails in English, French please",
    "Please don't take me off the list",
    "Governments must stop torture now.",
    "Everybody who saw what happened wants them to\nstop.\n\nJean",
    "Stop\nthe executions now\n\nJean",
    "Please do not cancel my subscription",
    "Did you cancel my subscription?",
    "They remove people from their homes. It must stop.",
    "How can we stop the executions?",
    "I will not stop until they are free.",
    "Why did you unsubscribe me? I want to hear from you.",
    "My neighbour asked you to unsubscribe her, did she not?",
    "Ne me désabonnez pas !",
    "Merci de ne pas me désabonner.",
    "Ne m'oubliez pas",
    "No me den de baja, por favor",
    "Bitte melden Sie mich nicht ab",
    "Não me removam da lista",
    "Не удаляйте меня из списка",
    "Не отписывайте меня",
    "请不要把我从名单中删除",
    "لا تحذفوا اسمي من القائمة",
    "Please do not remove my name from the list",
    "Beni listeden çıkarmayın",
]

THANKS = [
    "Thank you for the good news!",
    "Thanks a lot, Sam",
    "Merci beaucoup !",
    "Bonjour, merci pour ce beau message.",
    "Muchas gracias por su trabajo",
    "Vielen Dank für Ihre Arbeit",
    "شكرا جزيلا",
    "Спасибо за ваш труд",
    "谢谢你们",
    "ありがとうございます",
    "Asante sana",
    "Dziękuję bardzo",
]

#: thanks that meet a refusal, or that end a mail of which we understand nothing else
NOT_THANKS = [
    "Thank you, but this is not for me.",
    "Thanks, I've had enough.",
    "Thank you. I never asked for this.",
    "Merci d'arrêter.",
    "merci mais pas pour moi",
    "Merci de me rappeler au 12 34 56 78",
    "Gracias por dejar de molestar",
    "Gracias, pero no",
    "Danke, aber das ist nichts für mich. Kein Interesse.",
    "Grazie, ma non mi interessa",
    "Спасибо, не надо",
    "شكرا، لا حاجة لي بها",
    "谢谢,我不需要",
    "Asante lakini sihitaji",
    "Teşekkürler, istemiyorum",
    "Dziękuję, ale nie",
    "Kiitos, mutta ei",
    "Köszönöm, nem kérem",
    "Tack, men nej tack",
    "Bu iletileri kesinlikle durdurun lütfen. Thanks",
    "Mesedez, kendu nazazu zerrendatik. Thanks",
]


def reply(text: str, subject: str = "Re: You're 1 in 2 million") -> Understanding:
    """Understand an answer in which the person wrote `text`."""
    head = f"From: a@example.org\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n"
    return understand(f"{head}{text}\n".encode())


@pytest.mark.parametrize("text", STOP)
def test_a_wish_to_get_no_more_is_told_in_many_languages(text: str) -> None:
    """However politely it thanks, it is no thanks; and it is certain enough to be granted."""
    mail = reply(text)
    assert (mail.kind, mail.certainty >= 0.7) == (ReplyKind.UNSUBSCRIBE, True)


@pytest.mark.parametrize("text", STOP_AND_ANSWER)
def test_a_wish_that_also_asks_is_granted_and_unsure(text: str) -> None:
    """Certain enough to be granted, and not certain enough to stay unread."""
    mail = reply(text)
    assert mail.kind is ReplyKind.UNSUBSCRIBE
    assert 0.5 <= mail.certainty < 0.7


LONG = "Your letter came on a Tuesday.\nThe river is high. The road to the coast is closed.\n\n"


@pytest.mark.parametrize(
    "text",
    [
        "Please remove me from the volunteers for Saturday, but I can come on Sunday.",
        "Please take me off the list of volunteers for the march, I will do the stall instead.",
        "Retirez-moi de la liste des bénévoles de samedi, mais je viens dimanche.",
        "Bórrenme de la lista de los voluntarios del sábado.",
        "I will do it in Kenya.\n\nUnsubscribe",
    ],
)
def test_who_may_mean_less_than_all_mail_is_read(text: str) -> None:
    """The wish is granted, as it may be one; a volunteer must not be lost by it."""
    found = reply(text)
    assert (found.kind, 0.5 <= found.certainty < 0.7) == (ReplyKind.UNSUBSCRIBE, True)


@pytest.mark.parametrize(
    "text",
    [
        'My friend said "unsubscribe me" would stop the mails, and I want to stay.',
        "My mother wants no more mails from you; I do",
        "Meine Mutter möchte sich abmelden.",
    ],
)
def test_somebody_elses_wish_is_read_before_it_is_granted(text: str) -> None:
    """Who writes may want to stay."""
    found = reply(text)
    assert (found.kind, found.certainty < 0.5) == (ReplyKind.UNSUBSCRIBE, True)


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("", True),
        ("This message was generated by a mail program.", True),
        ("How can my friend unsubscribe? I love it and volunteer in Kenya", False),
        ("Je veux bien organiser un événement au Togo", False),
    ],
)
def test_words_below_a_mail_programs_button_are_read(text: str, sure: bool) -> None:
    """They may offer help or ask something; the wish is granted all the same."""
    to = f"events+{'a2' * 12}@outreach.example.org"
    raw = f"From: a@example.org\nTo: {to}\nSubject: unsubscribe\n\n{text}"
    found = understand(raw.encode())
    assert (found.kind, found.certainty >= 0.7) == (ReplyKind.UNSUBSCRIBE, sure)
    assert found.certainty >= 0.5


@pytest.mark.parametrize("text", [f"Unsubscribe\n\n{LONG}", f"{LONG}Unsubscribe\n\nJean"])
def test_a_lone_line_in_a_long_mail_is_granted_and_read(text: str) -> None:
    """In it may stand more that somebody has to answer."""
    mail = reply(text)
    assert (mail.kind, mail.certainty) == (ReplyKind.UNSUBSCRIBE, 0.6)


def test_a_lone_line_in_the_middle_of_a_long_mail_is_no_wish() -> None:
    """It is a heading, a list of words, or somebody else's."""
    assert reply(f"{LONG}{LONG}Stop\n\n{LONG}{LONG}").kind is not ReplyKind.UNSUBSCRIBE


def test_our_footer_below_a_filled_in_form_is_no_wish() -> None:
    """Some programs quote without any mark."""
    form = "Name: Jean Mbuyi\nEmail: jean@example.org\nCountry: Togo\n"
    assert reply(f"{form}\nUnsubscribe\n").kind is ReplyKind.VOLUNTEER


@pytest.mark.parametrize(
    "text",
    ["Unsubscribe me. Use this one: b@example.org", "Take me off, write to b@x.org instead"],
)
def test_a_wish_that_speaks_of_another_address_is_read_first(text: str) -> None:
    """It may be the other one that they want to go."""
    mail = reply(text)
    assert (mail.kind, mail.certainty < 0.5) == (ReplyKind.UNSUBSCRIBE, True)


def leave_words() -> list[str]:
    """The words of the link in the shipped layouts by which people leave."""
    layouts = sorted((Path(__file__).parents[2] / "templates" / "layouts").glob("*.html"))
    text = "".join(path.read_text("utf-8") for path in layouts)
    return re.findall(r'"leave": "([^"]+)"', text)


@pytest.mark.parametrize("text", leave_words())
def test_the_words_of_our_own_link_are_a_wish(text: str) -> None:
    """People copy them, or answer with them where the link does not work."""
    assert reply(text).kind is ReplyKind.UNSUBSCRIBE
    assert reply(f"{text}\n\nJean").kind is ReplyKind.UNSUBSCRIBE


@pytest.mark.parametrize("text", NOT_STOP)
def test_the_words_of_such_a_wish_are_no_wish_where_they_are_denied(text: str) -> None:
    """Nobody is taken off the list who asks to stay, or who speaks of the world."""
    assert reply(text).kind is not ReplyKind.UNSUBSCRIBE


@pytest.mark.parametrize("text", THANKS)
def test_thanks_are_thanks(text: str) -> None:
    """A short mail that thanks needs no answer."""
    mail = reply(text)
    assert (mail.kind, mail.certainty >= 0.7) == (ReplyKind.THANKS, True)


@pytest.mark.parametrize("text", NOT_THANKS)
def test_thanks_with_a_refusal_are_never_filed_as_thanks(text: str) -> None:
    """Where somebody thanks and refuses something, a person has to read what."""
    mail = reply(text)
    assert not (mail.kind is ReplyKind.THANKS and mail.certainty >= 0.7)
    assert mail.kind is not ReplyKind.VOLUNTEER


@pytest.mark.parametrize("text", STOP)
def test_what_we_are_quoted_as_saying_is_nobodys_wish(text: str) -> None:
    """The same words in the quoted footer of our own message say nothing of the person."""
    intro = "On 2014-02-26 10:00, Sam <news@outreach.example.org> wrote:"
    quoted = text.replace("\n", "\n> ")
    mail = reply(f"Greetings from the coast\n\n{intro}\n> Dear friend\n> {quoted}\n")
    assert mail.kind is not ReplyKind.UNSUBSCRIBE


@pytest.mark.parametrize("subject", ["STOP", "Unsubscribe", "désinscription", "退订", "Abmelden"])
def test_a_wish_may_stand_in_the_subject_alone(subject: str) -> None:
    """That is how many lists have asked for it."""
    assert reply("", subject).kind is ReplyKind.UNSUBSCRIBE

# Copyright 2026 autenti_esign contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the pages say, in Polish and in English."""

from .facts import Participation, Role, SignatureType, Status
from .messages import Kind

LANGUAGES = {"pl": "Polski", "en": "English"}

# Each text is a pair: Polish, English.
TEXTS: dict[str, tuple[str, str]] = {
    "brand": ("Emulator podpisów", "Signature emulator"),
    "notice": (
        "Środowisko ćwiczebne: żaden list stąd nie wychodzi, podpisy nie mają mocy"
        " prawnej.",
        "A practice environment: no mail leaves it, signatures have no legal force.",
    ),
    "people": ("Skrzynki pocztowe", "Mailboxes"),
    "people_intro": (
        "Każda osoba, do której napisał emulator, ma tu swoją skrzynkę.",
        "Everybody to whom the emulator has written has a mailbox here.",
    ),
    "people_empty": (
        "Nie ma jeszcze żadnej wiadomości. Wyślij dokument, a zaproszenie pojawi się"
        " tutaj.",
        "There is no message yet. Send a document and its invitation appears here.",
    ),
    "messages": ("wiadomości", "messages"),
    "waiting": ("do zrobienia", "to do"),
    "mailbox": ("Skrzynka", "Mailbox"),
    "back": ("Wszystkie skrzynki", "All mailboxes"),
    "from": ("Od", "From"),
    "open": ("Otwórz dokument", "Open the document"),
    "document": ("Dokument", "Document"),
    "jump": ("Przejdź do decyzji", "Go to your decision"),
    "download": ("Pobierz PDF", "Download the PDF"),
    "page": ("strona", "page"),
    "participants": ("Uczestnicy", "Participants"),
    "you": ("Ty", "You"),
    "sender": ("Nadawca", "Sender"),
    "message": ("Wiadomość", "Message"),
    "code": ("Kod z SMS-a", "Code from the SMS"),
    "code_hint": (
        "Kod wysłany na numer {phone} jest w skrzynce tej osoby.",
        "The code sent to {phone} is in this person's mailbox.",
    ),
    "code_wrong": ("To nie jest właściwy kod.", "This isn't the right code."),
    "locked": (
        "Ten dokument otwiera się kodem z SMS-a.",
        "This document opens with a code from an SMS.",
    ),
    "unlock": ("Pokaż dokument", "Show the document"),
    "reject": ("Odrzuć", "Reject"),
    "reject_reason": ("Powód odrzucenia", "Reason for rejecting"),
    "reject_confirm": ("Odrzuć dokument", "Reject the document"),
    "reject_empty": ("Podaj powód odrzucenia.", "Give a reason for rejecting."),
    "reason": ("Powód", "Reason"),
    "signature_card": (
        "Podpis trafi na kartę podpisów na końcu dokumentu.",
        "Your signature appears on the signature card at the end of the document.",
    ),
    "not_found": ("Nie ma takiej strony", "There is no such page"),
    "not_found_text": (
        "Ten odnośnik jest nieprawidłowy albo dokument nie został wysłany.",
        "This link is wrong, or the document hasn't been sent.",
    ),
    "login": ("Zaloguj się", "Log in"),
    "login_intro": (
        "Aplikacja organizacji {organisation} prosi o dostęp. Wybierz użytkownika.",
        "The application of {organisation} asks for access. Choose a user.",
    ),
    "login_deny": ("Odmów dostępu", "Deny access"),
    "login_scope": ("Zakres dostępu", "Scope"),
}

VERBS: dict[Role, tuple[str, str]] = {
    Role.SIGNER: ("Podpisz", "Sign"),
    Role.APPROVER: ("Zatwierdź", "Approve"),
    Role.REVIEWER: ("Zaopiniuj pozytywnie", "Review positively"),
}

ROLES: dict[Role, tuple[str, str]] = {
    Role.SIGNER: ("Podpisujący", "Signer"),
    Role.APPROVER: ("Parafujący", "Approver"),
    Role.REVIEWER: ("Opiniujący", "Reviewer"),
    Role.VIEWER: ("Do wglądu", "Viewer"),
    Role.SENDER: ("Nadawca", "Sender"),
}

LEVELS: dict[SignatureType, tuple[str, str]] = {
    SignatureType.BASIC: ("podpis podstawowy", "basic signature"),
    SignatureType.ADVANCED: ("podpis zaawansowany", "advanced signature"),
    SignatureType.QUALIFIED: ("podpis kwalifikowany", "qualified signature"),
}

PARTICIPATIONS: dict[Participation, tuple[str, str]] = {
    Participation.NONE: ("czeka na swoją kolej", "not their turn yet"),
    Participation.PENDING: ("teraz", "now"),
    Participation.COMPLETED: ("gotowe", "done"),
    Participation.OBSOLETE: ("nieaktualne", "no longer needed"),
    Participation.FAILED: ("odrzucone", "rejected"),
}

STATUSES: dict[Status, tuple[str, str]] = {
    Status.DRAFT: ("Szkic", "Draft"),
    Status.PROCESSING: ("W toku", "In progress"),
    Status.COMPLETED: ("Podpisany", "Signed"),
    Status.REJECTED: ("Odrzucony", "Rejected"),
    Status.WITHDRAWN: ("Wycofany przez nadawcę", "Withdrawn by the sender"),
    Status.EXPIRED: ("Wygasł", "Expired"),
    Status.ERROR: ("Błąd techniczny", "Technical error"),
}

# What a participant reads at the top of their page, by their own state
OUTCOMES: dict[Participation, tuple[str, str]] = {
    Participation.NONE: (
        "Jeszcze nie Twoja kolej. Napiszemy, gdy nadejdzie.",
        "It isn't your turn yet. You'll hear from us when it is.",
    ),
    Participation.PENDING: (
        "Przeczytaj dokument, a potem zdecyduj.",
        "Read the document, then decide.",
    ),
    Participation.COMPLETED: (
        "Dziękujemy, Twoja część jest gotowa.",
        "Thank you, your part is done.",
    ),
    Participation.OBSOLETE: (
        "Nie musisz już nic robić.",
        "There is nothing left for you to do.",
    ),
    Participation.FAILED: (
        "Dokument został przez Ciebie odrzucony.",
        "You have rejected the document.",
    ),
}

SUBJECTS: dict[Kind, tuple[str, str]] = {
    Kind.INVITATION: ("Dokument czeka na Ciebie", "A document is waiting for you"),
    Kind.REMINDER: ("Przypomnienie o dokumencie", "Reminder of a document"),
    Kind.SIGN_CODE: ("SMS: kod do podpisu", "SMS: code to sign"),
    Kind.READ_CODE: ("SMS: kod do dokumentu", "SMS: code to open the document"),
    Kind.COMPLETED: ("Dokument podpisany", "Document signed"),
    Kind.REJECTED: ("Dokument odrzucony", "Document rejected"),
    Kind.WITHDRAWN: ("Dokument wycofany", "Document withdrawn"),
    Kind.EXPIRED: ("Dokument wygasł", "Document expired"),
    Kind.FAILED: ("Błąd techniczny dokumentu", "Technical error of a document"),
}


def index_of(language: str) -> int:
    """Place of a language in each pair."""
    return 1 if language == "en" else 0

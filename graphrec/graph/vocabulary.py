"""Common names of users, items, behaviours and properties, used by :mod:`graphrec.graph.proposal`."""

from __future__ import annotations

import re


def _of(words: str) -> frozenset[str]:
    return frozenset(words.split())


def parts(name: str) -> list[str]:
    """Split a name into lower-case words, in order.

    >>> parts("productID"), parts("rdfs__label"), parts("Buch-Nr."), parts("display_name")
    (['product', 'id'], ['rdfs', 'label'], ['buch', 'nr'], ['display', 'name'])
    """
    return [word.lower() for word in re.findall(r"[A-Z]?[^\W\dA-Z_]+|[A-Z]+(?![a-z])", name)]


def words(name: str) -> set[str]:
    """Split a name into lower-case words, each with and without a plural s.

    >>> sorted(words("BigReader") | words("BIG_READERS"))
    ['big', 'reader', 'readers']
    """
    found = set(parts(name))
    return found | {word.removesuffix("s") for word in found}


USERS = _of(
    "user reader customer member person people client account visitor subscriber listener viewer player student buyer "
    "shopper patron patient passenger donor borrower guest reviewer consumer follower learner fan "
    "candidate applicant attendee participant voter traveller traveler tourist cook gamer"
)
ITEMS = _of(
    "item product book movie film song track artist album article video game recipe course business restaurant place "
    "hotel job post news app show series event podcast story page offer venue comic title question "
    "listing property apartment house accommodation attraction museum activity concert exhibition tour trip lesson "
    "lecture paper document publication novel magazine dish meal wine beer toy car vehicle clip anime manga"
)
#: What lies between users and items, and is neither.
BETWEEN = _of(
    "order purchase transaction invoice basket cart checkout receipt sale payment session visit booking reservation "
    "appointment review rating comment answer loan rental ticket subscription enrollment enrolment line lineitem entry "
    "application encounter wishlist watchlist playlist collection return shipment parcel delivery"
)
BEHAVIOURS = _of(
    "rated rate rates bought buys buy purchased purchase ordered viewed view views watched watches borrowed borrows "
    "read reads liked like likes loves clicked click listened listens played plays visited visits reviewed browsed "
    "searched saved saves saw seen favourited favorited favourite favorite rented rents interacted consumed attended "
    "used downloaded streamed booked enrolled wants wishlisted collected follows followed "
    "placed orders reviews answered asked commented applied joined subscribed registered completed cooked ate tried "
    "bookmarked pinned upvoted voted shared reposted retweeted"
)
#: Authorship, or a place of both: not behaviours, however many there are.
STRUCTURE = _of(
    "acted directed wrote written produced composed starring authored sold sells owns created published made employed "
    "located lives born part has is belongs"
)
RATINGS = ("rating", "stars", "score", "grade", "count", "quantity", "plays")
#: Words of properties that say whether something was liked.
GRADES = _of(
    "label rating ratings stars star score grade vote thumb thumbs like liked likes feedback reaction sentiment "
    "opinion recommended preference positive"
)
#: How many of an item: a strength, unlike a rating.
QUANTITIES = ("quantity", "qty", "menge", "anzahl", "stückzahl", "quantité", "quantite", "cantidad", "数量")
KEYS = (
    *(
        "id",
        "uuid",
        "guid",
        "key",
        "code",
        "number",
        "isbn",
        "sku",
        "asin",
        "ean",
        "gtin",
        "uri",
        "iri",
        "doi",
        "orcid",
    ),
    *("ref", "reference", "signatur", "username", "login", "email", "handle", "slug"),
)
#: Last words of a name that says id: English, German, French, Spanish and Chinese.
ID_WORDS = _of(
    "id uuid guid key code number num no isbn sku asin ean gtin uri iri doi orcid slug ref reference "
    "nr nummer kennung schlüssel schluessel signatur numéro numero identifiant matricule clé cle "
    "número código codigo clave identificador 编号 编码 代码 号码 号 标识"
)
#: Endings of a longer word that say id, as in ``kundennr``.
ID_ENDINGS = ("id", "nr", "nummer", "number", "code", "kennung", "numero", "codigo")
#: Words with such an ending that say no id.
NOT_IDS = _of(
    "paid unpaid prepaid valid invalid void avoid grid hybrid solid liquid fluid rapid covid android said amid aid bid"
)
#: Words of properties that say who a person is, outside this database too.
PERSONAL = _of(
    "email mail emailaddress phone phonenumber telephone mobile cell fax name firstname lastname fullname forename "
    "surname address ssn passport "
    "iban nin tax licence license telefon telefonnummer handynummer handy vorname nachname familienname adresse "
    "anschrift steuernummer courriel téléphone prénom prenom nom correo teléfono telefono móvil movil nombre apellido "
    "apellidos dirección direccion 姓名 名字 邮箱 邮件 电话 电话号码 手机 手机号 手机号码 地址 身份证号"
)
#: Words of properties that say who a person is, or how to reach one, whatever has them.
CONTACTS = _of(
    "email mail emailaddress phone phonenumber telephone mobile fax ssn passport iban nin telefon telefonnummer "
    "handynummer steuernummer courriel téléphone correo teléfono telefono móvil movil 邮箱 邮件 电话 电话号码 手机号 "
    "手机号码 身份证号"
)
#: Words of properties that say when a person was born.
BIRTH = _of("birth birthday birthdate dob born geburtsdatum geburtstag naissance nacimiento 出生日期 生日")
#: Words of properties that are unique only by chance, or change: prose, dates, prices, measures, addresses, files.
NOT_KEYS = _of(
    "description summary plot overview abstract synopsis text content body blurb bio biography comment note tagline "
    "caption review message markdown html quote lyrics about address street city location country "
    "price cost amount total revenue budget salary balance discount rating score rank votes count views likes stock "
    "quantity age year date time timestamp created updated modified released release born birth birthday death died "
    "published start end since at on duration length runtime size weight height width depth latitude longitude lat lon "
    "lng point image poster cover picture photo thumbnail avatar url link audio video file path password hash token "
    "vector embedding version popularity "
    "adresse anschrift dirección direccion "
    "beschreibung zusammenfassung inhalt kommentar notiz bemerkung straße strasse ort stadt land preis betrag summe "
    "anzahl menge alter jahr datum zeit zeitpunkt geburtsdatum erstellt geändert dauer länge größe gewicht höhe breite "
    "bild foto datei pfad bewertung passwort résumé contenu commentaire texte prix montant quantité année durée taille "
    "poids ville pays rue heure descripción descripcion resumen contenido comentario texto precio importe cantidad año "
    "fecha hora duración tamaño peso imagen ciudad país calle "
    "描述 简介 内容 摘要 评论 价格 金额 数量 日期 时间 地址 城市 国家 图片 年龄 年份 评分"
)
#: Words before name that make it the name of something else, or part of one.
NOT_TITLES = _of("user file path first last middle nick contact class host domain image column table brand parent")
TEXTS = (
    *("description", "summary", "plot", "overview", "abstract", "synopsis", "text", "content", "body", "blurb"),
    *("beschreibung", "zusammenfassung", "inhalt", "klappentext", "résumé", "contenu", "texte"),
    *("descripción", "descripcion", "resumen", "sinopsis", "contenido", "描述", "简介", "内容", "摘要"),
)
TITLES = (
    *("title", "name", "heading", "headline", "label", "caption", "titel", "bezeichnung", "titre", "título", "titulo"),
    *("nom", "nombre", "标题", "题名", "名称", "书名", "片名", "品名", "名字"),
)
IMAGES = ("image", "poster", "cover", "picture", "photo", "thumbnail", "img", "bild", "foto", "imagen", "图片")
AUDIOS = ("audio", "sound", "preview", "clip", "recording")
#: Names of a time property of a relationship, most likely first, in lower case without underscores.
TIME_NAMES = (
    *("at", "timestamp", "time", "datetime", "date", "ts"),
    *("createdat", "created", "occurredat", "when", "since"),
)
TIME_WORDS = _of("at on time date datetime timestamp ts day when since created creation moment epoch")
#: Times of something other than the relationship itself.
OTHER_TIMES = _of(
    "updated modified changed until end expires expiry due valid birth born release released "
    "shipped required delivered delivery cancelled canceled returned refunded"
)
#: Numbers with these names are not times, however large.
NUMBERS = _of("id no number code key phone isbn price amount size version serial")

"""Words that stand for each other: whoever asked about one of them did not ask about the rest."""

_MONTHS = tuple(
    """
    January February March April May June July August September October November December
    """.split()
)
_DAYS = tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())
_COUNTRIES = tuple(
    """
    Argentina,Australia,Austria,Belgium,Bolivia,Brazil,Bulgaria,Canada,Chile,China,Colombia,Cuba,
    Denmark,Egypt,Ethiopia,Finland,France,Germany,Ghana,Greece,Hungary,Iceland,India,Indonesia,
    Iran,Iraq,Ireland,Israel,Italy,Jamaica,Japan,Jordan,Kenya,Libya,Malaysia,Mexico,Morocco,Nepal,
    Nigeria,North Korea,Norway,Pakistan,Peru,Poland,Portugal,Romania,Russia,South Africa,
    South Korea,Spain,Sudan,Sweden,Switzerland,Syria,Tanzania,Thailand,Turkey,Uganda,Ukraine,
    United Kingdom,United States,Uruguay,Venezuela,Vietnam,Zambia,Zimbabwe
    """.replace("\n", "").split(",")
)
_NATIONALITIES = tuple(
    """
    American Argentine Australian Austrian Belgian Brazilian British Canadian Chilean Chinese
    Colombian Cuban Danish Dutch Egyptian English Ethiopian Finnish French German Greek Hungarian
    Indian Indonesian Iranian Iraqi Irish Israeli Italian Japanese Kenyan Korean Mexican Moroccan
    Nigerian Norwegian Pakistani Peruvian Polish Portuguese Romanian Russian Scottish Spanish
    Swedish Swiss Syrian Thai Turkish Ugandan Ukrainian Vietnamese Zambian
    """.split()
)
_NUMBERS = tuple(
    """
    two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    """.split()
)
_NUMBERS_AT_HEAD = tuple(word.capitalize() for word in _NUMBERS)
TABLES = (
    _MONTHS,
    _DAYS,
    tuple(" ".join(country.split()) for country in _COUNTRIES),
    _NATIONALITIES,
    _NUMBERS,
    _NUMBERS_AT_HEAD,
)
TIMES = frozenset((*_MONTHS, *_DAYS))

INVENTED_NAMES = {
    1: tuple("Elmsey Torvik Marrow Quillan Dunmere Oxley Sorrell Brannock Tolk Ansel".split()),
    2: (
        "Tomas Berg",
        "Ada Quill",
        "Bram Tolk",
        "Mina Reed",
        "Orla Finn",
        "Jon Pell",
        "Una Marsh",
        "Port Ansel",
        "Lower Dunmere",
        "Kell Ford",
    ),
    3: (
        "Elmsey Harbour Board",
        "Oxley Town Council",
        "Dunmere Ferry Company",
        "Cape Sorrow Light",
        "Torvik Peace Accord",
        "Northern Fishing Treaty",
        "Ansel River Trust",
        "Quillan Trade Pact",
    ),
}
INVENTED_PHRASES = (
    "a longer ferry season",
    "cheaper winter fodder",
    "the repair of the sea wall",
    "wet weather in the spring",
    "a dispute over fishing rights",
    "new rules for street markets",
    "a shortage of roof tiles",
    "the price of lamp oil",
    "an empty grain store",
    "better lighting on the quay",
)

"""Words, colours and sounds of the six tastes of the synthetic catalogue.

An item's taste determines its words, genre and mood, the palette and shape of its poster, and the timbre and tempo of
its theme. Neighbouring tastes share a genre, so that the knowledge graph hints at the taste without determining it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Shape = Literal["rings", "bars", "hills", "dots", "spikes", "stripes"]
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Timbre:
    """Sound of a taste's themes.

    Parameters
    ----------
    notes
        Frequencies to choose from, in hertz.
    tempo
        Notes per second.
    harmonics
        Loudness of the first, second, … partial.
    decay
        Decay rate of a note, in 1/s.
    noise
        Loudness of the background noise.
    """

    notes: tuple[float, ...]
    tempo: float
    harmonics: tuple[float, ...]
    decay: float
    noise: float = 0.0


@dataclass(frozen=True)
class Taste:
    """One planted taste. ``genres[0]`` is its own; the others are shared with a neighbour."""

    name: str
    genres: tuple[str, ...]
    moods: tuple[str, ...]
    adjectives: tuple[str, ...]
    nouns: tuple[str, ...]
    places: tuple[str, ...]
    heroes: tuple[str, ...]
    deeds: tuple[str, ...]
    stakes: tuple[str, ...]
    shape: Shape
    palette: tuple[Colour, Colour, Colour]  # background, shapes, title
    timbre: Timbre


TASTES = (
    Taste(
        name="space",
        genres=("Space", "Adventure", "Mystery"),
        moods=("Awestruck", "Weightless"),
        adjectives=("Distant", "Silver", "Orbital", "Last", "Lunar", "Infinite", "Drifting", "Solar"),
        nouns=("Comet", "Starship", "Nebula", "Orbit", "Telescope", "Satellite", "Eclipse", "Galaxy", "Meteor"),
        places=("Titan", "the Kuiper Gate", "Europa", "the Outer Ring", "Ceres", "Andromeda"),
        heroes=("a stranded pilot", "the crew of an ageing freighter", "a young astronomer", "a colony's only robot",
                "a navigator out of work", "an exiled captain"),
        deeds=("follows a signal between the stars", "crosses an asteroid field without instruments",
               "wakes from cold sleep a century late", "charts a planet that no map admits",
               "repairs the oldest engine in the fleet", "hears music coming from a dead moon"),
        stakes=("before the sun behind them goes out", "while oxygen for nine days remains",
                "and learns who built the beacon", "far beyond the reach of any rescue",
                "as gravity itself begins to fail"),
        shape="rings",
        palette=((16, 18, 58), (120, 130, 235), (236, 236, 255)),
        timbre=Timbre((110.0, 164.8, 220.0, 277.2), 1.2, (1.0, 0.5, 0.3, 0.2, 0.15, 0.1), 0.8),
    ),
    Taste(
        name="noir",
        genres=("Noir", "Mystery", "Drama"),
        moods=("Brooding", "Smoky"),
        adjectives=("Crooked", "Midnight", "Rainy", "Second", "Silent", "Borrowed", "Bitter", "Narrow"),
        nouns=("Alibi", "Witness", "Detective", "Cigarette", "Alley", "Ledger", "Trenchcoat", "Confession", "Verdict"),
        places=("Harbour Street", "Room 12", "the Waterfront", "Pier Nine", "the Blue Hotel", "Lowtown"),
        heroes=("a retired inspector", "a court reporter with debts", "an insurance clerk", "a nightclub pianist",
                "a disbarred lawyer", "the only honest sergeant"),
        deeds=("reopens a murder everybody wants closed", "finds a forged signature in a dead man's safe",
               "tails the wrong suspect through the rain", "trades an alibi for a name",
               "takes a case that pays in lies", "buys silence and gets blackmail"),
        stakes=("until the whole precinct is guilty", "and the killer writes back",
                "with one bullet and no friends", "while the city looks the other way",
                "before the jury returns at dawn"),
        shape="bars",
        palette=((24, 22, 20), (196, 144, 52), (246, 226, 178)),
        timbre=Timbre((55.0, 65.4, 73.4, 82.4), 2.0, (1.0, 0.7, 0.1), 3.0),
    ),
    Taste(
        name="wild",
        genres=("Nature", "Family", "Adventure"),
        moods=("Serene", "Unhurried"),
        adjectives=("Green", "Mossy", "Migrating", "Quiet", "Northern", "Wild", "Rooted", "Wandering"),
        nouns=("River", "Heron", "Meadow", "Orchard", "Otter", "Glacier", "Forest", "Tide", "Beehive"),
        places=("the Long Valley", "Fern Island", "the High Moor", "Salmon Creek", "the Delta", "Oak Hollow"),
        heroes=("a beekeeper's daughter", "a family of otters", "a park ranger near retirement",
                "a flock of cranes", "an orphaned fox", "a botanist on foot"),
        deeds=("crosses the mountains with the seasons", "listens to a forest growing back",
               "follows the river from spring to sea", "raises a fledgling through one summer",
               "plants an orchard that others will harvest", "waits a winter for the herd to return"),
        stakes=("as the ice gives way", "and nothing is hurried", "under the slow turn of the weather",
                "with field recordings instead of words", "where the road ends and the reeds begin"),
        shape="hills",
        palette=((188, 220, 196), (62, 128, 72), (24, 62, 34)),
        timbre=Timbre((523.3, 587.3, 659.3, 784.0), 1.5, (1.0, 0.08), 1.5, noise=0.25),
    ),
    Taste(
        name="romance",
        genres=("Romance", "Drama", "Family"),
        moods=("Tender", "Giddy"),
        adjectives=("Tender", "Accidental", "Sunday", "Rosy", "Forgotten", "Sweet", "Hopeless", "Dancing"),
        nouns=("Letter", "Wedding", "Bouquet", "Waltz", "Kiss", "Valentine", "Bakery", "Honeymoon", "Balcony"),
        places=("Rue des Lilas", "the Little Cinema", "Verona Avenue", "the Corner Café", "Lisbon", "the Ballroom"),
        heroes=("a florist who never dates", "a stranger with half an umbrella", "a shy wedding singer",
                "a divorced pastry chef", "a pen friend of ten years", "a bride with cold feet"),
        deeds=("falls in love over a misdelivered parcel", "dances with the wrong partner all evening",
               "writes to somebody who answers at last", "fakes an engagement for a weekend",
               "meets a first love in the last row", "bakes a cake that says too much"),
        stakes=("and the heart decides", "just as the train is leaving", "to the delight of both grandmothers",
                "with a kiss nobody planned", "before the wedding guests arrive"),
        shape="dots",
        palette=((252, 214, 222), (222, 78, 120), (120, 20, 60)),
        timbre=Timbre((659.3, 830.6, 987.8, 1318.5), 3.0, (1.0, 0.0, 0.4, 0.0, 0.2), 5.0),
    ),
    Taste(
        name="horror",
        genres=("Horror", "Mystery", "Thriller"),
        moods=("Dreadful", "Claustrophobic"),
        adjectives=("Hollow", "Buried", "Whispering", "Pale", "Cursed", "Locked", "Bleeding", "Starving"),
        nouns=("Cellar", "Grave", "Scream", "Seance", "Doll", "Asylum", "Bones", "Shadow", "Coffin"),
        places=("Blackmoor Asylum", "the Thirteenth Floor", "Widow's Hill", "the Crypt", "Dead Lake", "Ravenhurst"),
        heroes=("a babysitter on her first night", "a student alone in a cabin", "a gravedigger's son",
                "a medium who lost her voice", "the new tenant", "a priest without faith"),
        deeds=("opens the door that was nailed shut", "hears scratching under the floor",
               "wakes something with too many teeth", "counts one shadow more than people",
               "digs up what the village buried", "finds the dolls facing the bed"),
        stakes=("and nobody hears the screaming", "until the candles burn out", "while the walls begin to breathe",
                "as the dead come home one by one", "with the only key already swallowed"),
        shape="spikes",
        palette=((20, 4, 6), (150, 12, 24), (236, 220, 214)),
        timbre=Timbre((87.3, 92.5, 98.0, 185.0), 6.0, (0.6, 0.2, 0.7, 0.1, 0.8, 0.3, 0.6), 1.0, noise=0.08),
    ),
    Taste(
        name="heist",
        genres=("Heist", "Thriller", "Adventure"),
        moods=("Breathless", "Cocky"),
        adjectives=("Fast", "Golden", "Double", "Reckless", "Electric", "Burning", "Loaded", "Turbo"),
        nouns=("Getaway", "Vault", "Diamond", "Engine", "Racer", "Casino", "Jackpot", "Convoy", "Throttle"),
        places=("Monte Verde", "the Grand Casino", "Route 66", "Rio", "the Federal Bank", "Circuit Nine"),
        heroes=("a getaway driver", "a crew of retired safecrackers", "a stunt rider on parole",
                "an ace mechanic", "a card counter's twin", "the fastest courier in town"),
        deeds=("cracks a vault during the final lap", "steals a diamond twice in one night",
               "outruns a helicopter on two wheels", "bets the loot on a single race",
               "swaps the money van in a tunnel", "robs the casino that fired everybody"),
        stakes=("with ninety seconds on the clock", "and the brakes already cut", "at two hundred miles an hour",
                "while every siren in town wails", "before the alarm resets"),
        shape="stripes",
        palette=((250, 190, 40), (226, 84, 20), (40, 20, 10)),
        timbre=Timbre((220.0, 261.6, 329.6, 392.0), 9.0, (1.0, 0.5, 0.33, 0.25, 0.2, 0.17), 14.0, noise=0.15),
    ),
)  # fmt: skip

#: Sentence templates with hero {h}, deed {d}, stakes {s} and place {p}, for all tastes.
FRAMES = (
    "In {p}, {h} {d} {s}.",
    "{H} {d}, {s}. Shot entirely in {p}.",
    "Once {h} reaches {p}, nothing is as it was: {h} {d} {s}.",
    "{s_}, {h} {d}. A story from {p}.",
    "Everyone in {p} knows how it began. Then {h} {d} {s}.",
    "{H} comes back to {p} and {d}, {s}.",
)

COUNTRIES = ("Norland", "Estavia", "Corvania", "Marisol", "Tarn", "Oriente", "Velda", "Quay")

FIRST_NAMES = (
    "Ada", "Bruno", "Carla", "Dmitri", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Lorenzo",
)  # fmt: skip
LAST_NAMES = (
    "Abelard", "Brandt", "Castellan", "Dorn", "Evermore", "Falk", "Grimaldi", "Holt", "Ivanova", "Jansen", "Kestrel",
    "Lund", "Moreau",
)  # fmt: skip
REGIONS = ("north", "south", "east", "west")

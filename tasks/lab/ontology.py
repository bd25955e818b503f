"""What there is in the lab, and who can do what to whom: the part of the world written by hand.

A word is a concept with an English gloss; languages give it a form of their own. The first noun
of a class is the name of the class: a dog is an animal. `tasks.lab.words` reads these tables.
"""

CLASSES = ("person", "animal", "plant", "food", "thing", "text", "vehicle", "place", "group")

DOMAINS = {
    "wiki": ("farm", "sea", "court", "castle", "science", "mountain"),
    "web": ("kitchen", "shop", "sport", "school", "music", "clinic"),
}
"""Topics by domain; a document keeps to one topic."""
TOPICS = tuple(topic for topics in DOMAINS.values() for topic in topics)
GENERAL = "general"
"""What belongs to every topic."""

# Topic and class: nouns.
NOUNS = """
general person: person man woman child friend
general animal: animal dog cat bird
general plant: plant tree flower
general food: food water meat
general thing: thing box door stone table
general text: text letter newspaper
general vehicle: vehicle car train
general place: place house city garden street
general group: group company club party bank
farm person: farmer shepherd
farm animal: horse cow sheep goat
farm plant: wheat grass corn
farm food: milk egg
farm thing: fence plough
farm vehicle: cart
farm place: field barn
sea person: sailor captain fisher
sea animal: whale gull crab
sea thing: net rope anchor
sea vehicle: ship boat
sea place: harbour island beach
court person: judge lawyer thief witness
court thing: key chain
court text: law contract verdict
court place: prison courtroom
castle person: king queen knight soldier
castle animal: dragon hound
castle thing: sword crown shield
castle place: castle tower bridge
castle group: army
science person: scientist engineer inventor
science animal: mouse frog
science thing: machine lens magnet battery
science text: report theory
science place: laboratory factory
mountain person: guide hunter
mountain animal: wolf bear eagle
mountain plant: pine moss
mountain thing: tent axe
mountain place: valley forest cave
kitchen person: cook waiter guest
kitchen plant: onion
kitchen food: bread soup cheese cake
kitchen thing: pot spoon plate
kitchen place: kitchen restaurant
shop person: seller customer
shop food: sugar tea
shop thing: coat shoe coin bag
shop text: bill
shop vehicle: truck
shop place: market shop
sport person: player coach fan
sport thing: ball medal racket
sport vehicle: bicycle
sport place: stadium gym
sport group: team
school person: teacher pupil parent
school thing: pencil desk
school text: book exam story
school place: school library
music person: singer dancer drummer
music thing: guitar violin drum
music text: song poem
music place: theatre hall
clinic person: doctor nurse patient
clinic thing: needle bed pill
clinic text: diagnosis
clinic vehicle: ambulance
clinic place: hospital
"""

# Topic and verb: classes of the subject > classes of the object; adpositions.
VERBS = """
general see: person animal > person animal plant thing text vehicle place group
general find: person animal > animal plant food thing text place in near under
general like: person animal > person animal plant food thing text place
general dislike: person animal > person animal plant food thing text place
general follow: person animal vehicle > person animal vehicle
general help: person group > person animal group with
general take: person group > food thing text vehicle from to
general wait: person animal in near for
general sleep: person animal in under with
general come: person animal vehicle from to with
general leave: person animal vehicle group > place person group
general enter: person animal vehicle > place with
general own: person group > animal plant thing vehicle place
farm feed: person > animal in with
farm ride: person > animal to in
farm grow: person > plant food in for
farm harvest: person > plant in with
farm graze: animal in near
sea sail: person vehicle to from near
sea catch: person animal > animal in with
sea sink: person group > vehicle near
sea swim: person animal in near to
court accuse: person group > person group in
court defend: person group > person group in
court sign: person group > text in for
court steal: person > thing food vehicle animal from
court arrest: person group > person in near
castle attack: person animal group > person animal place group with
castle guard: person animal group > place thing person
castle serve: person > person group in
castle kill: person animal > person animal with in
science measure: person > thing plant place in with
science build: person group > thing vehicle place for in
science explain: person > text thing to in
science test: person group > thing animal text in with
mountain climb: person animal > place plant with from
mountain hunt: person animal > animal in with
mountain hide: person animal in behind under
mountain cut: person > plant thing food with for
kitchen roast: person > food plant for in with
kitchen eat: person animal > food plant in with
kitchen taste: person > food in
kitchen wash: person > thing food vehicle in
shop buy: person group > food thing vehicle plant text from for
shop sell: person group > food thing vehicle plant text to in
shop pay: person group > person group for in
shop pack: person > thing food text for in
sport win: person group > thing text in with for
sport lose: person group > thing text in near
sport throw: person > thing to from
sport drill: person group > person animal group in for
school teach: person > person animal text in with
school read: person > text in to for
school write: person > text in for with
school forget: person > text thing person
school praise: person group > person text group in
school blame: person group > person text group for
music sing: person animal > text in for
music play: person group > thing text in with for
music dance: person in with
music record: person group > text animal in for
clinic heal: person > person animal with in
clinic examine: person > person animal text in with
clinic carry: person animal vehicle > person thing animal to from
clinic visit: person group > person place with
"""

# Two opposites: classes that may have them.
ADJECTIVES = """
big small: animal plant food thing vehicle place group
old new: thing text vehicle place group
young aged: person animal plant
hot cold: food place thing
happy sad: person animal text
rich poor: person place group
strong weak: person animal group thing
fast slow: person animal vehicle
clean dirty: thing vehicle place animal
cheap expensive: food thing vehicle text
fresh rotten: food plant
loud quiet: person animal vehicle place group
long short: text thing plant
dark bright: place thing plant
sharp blunt: thing
wild tame: animal plant
wise foolish: person text
brave timid: person animal group
wet dry: plant place food animal
heavy light: thing vehicle food
famous unknown: person text place group
true false: text
tall low: person plant place
"""

ADVERBS = {
    "past": "yesterday recently formerly",
    "present": "now today often",
    "future": "tomorrow soon later",
    "any": "always again slowly quickly early quietly together",
}
TENSES = ("present", "past", "future")

ADPOSITIONS = {
    "in": ("place",),
    "near": ("place", "vehicle", "plant"),
    "from": ("place", "person"),
    "to": ("place", "person", "group"),
    "with": ("person", "thing", "animal"),
    "for": ("person", "animal", "group"),
    "behind": ("place", "thing", "plant"),
    "under": ("thing", "plant", "vehicle"),
}
"""What may follow: the classes of the noun."""

ANTONYMOUS_VERBS = (
    ("like", "dislike"),
    ("buy", "sell"),
    ("win", "lose"),
    ("enter", "leave"),
    ("accuse", "defend"),
    ("praise", "blame"),
    ("kill", "heal"),
)
PRONOUNS = ("it", "he", "she", "they")
ARTICLES = ("a", "the")
COORDINATIONS = ("and", "but")
SUBORDINATIONS = ("because", "when")
PARTICLES = {"relative": "that", "negation": "not", "question": "whether"}
AUXILIARIES = {"past": "did", "future": "will"}
"""Auxiliaries where tense is not an ending; the present has none."""
MARKS = (".", "?", ",")
NUMBERS = (2, 3, 4, 5, 6, 7, 8, 10, 12, 20, 50, 100)

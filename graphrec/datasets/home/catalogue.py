"""What a generated home has: rooms, devices, moods, scenes in English and Chinese, and what is never to be proposed."""

from __future__ import annotations

from dataclasses import dataclass

#: Name → Chinese name.
ROOMS = {
    "Living room": "客厅",
    "Kitchen": "厨房",
    "Bedroom": "卧室",
    "Study": "书房",
    "Bathroom": "浴室",
    "Hall": "门厅",
}
#: Device → its room.
DEVICES = {
    "Ceiling lamp": "Living room",
    "Floor lamp": "Living room",
    "Candle lamps": "Living room",
    "Fireplace": "Living room",
    "Projector": "Living room",
    "Speakers": "Living room",
    "Blinds": "Living room",
    "Kitchen lights": "Kitchen",
    "Oven hood": "Kitchen",
    "Kettle": "Kitchen",
    "Bedroom lamp": "Bedroom",
    "Bedroom radiator": "Bedroom",
    "Desk lamp": "Study",
    "Screen light": "Study",
    "Bath lights": "Bathroom",
    "Hall light": "Hall",
    "Front door lock": "Hall",
    "Alarm": "Hall",
    "Thermostat": "Hall",
}
#: Name → Chinese name.
MOODS = {
    "Cosy": "温馨",
    "Bright": "明亮",
    "Calm": "安静",
    "Lively": "热闹",
    "Focused": "专注",
    "Dark": "昏暗",
}


@dataclass(frozen=True)
class Scene:
    """One scene, or something that no scene should do by itself: ``kind`` is then a lock, an alarm or a heating limit.

    ``text`` and ``text_zh`` describe it; ``moods`` and ``devices`` are names.
    """

    id: str
    kind: str
    title: str
    title_zh: str
    moods: tuple[str, ...]
    devices: tuple[str, ...]
    text: str
    text_zh: str

    @property
    def description(self) -> str:
        """The description in both languages, with the names of the moods."""
        english = ": ".join(filter(None, [self.text, ", ".join(self.moods).lower()]))
        chinese = "，".join(filter(None, [self.text_zh, "、".join(MOODS[mood] for mood in self.moods)]))
        return f"{english}. {self.title_zh}：{chinese}。"


def _scene(line: str) -> Scene:
    key, kind, title, title_zh, moods, devices, text, text_zh = (cell.strip() for cell in line.split("|"))
    return Scene(key, kind, title, title_zh, _names(moods), _names(devices), text, text_zh)


def _names(cell: str) -> tuple[str, ...]:
    return tuple(name for name in cell.split(", ") if name)


_SCENES = """
candles | scene | Candlelight | 烛光 | Cosy | Candle lamps | Warm candles, no other light | 只有温暖的烛光
fire | scene | Fireplace corner | 壁炉角 | Cosy | Fireplace | The fire burns, lamps are low | 壁炉燃着，灯光很低
tea | scene | Tea and blanket | 热茶和毯子 | Cosy | Kettle, Bedroom lamp | Hot tea in bed | 床上的热茶
nook | scene | Reading nook | 阅读角 | Cosy | Floor lamp | One lamp over the armchair | 扶手椅上方一盏灯
film | scene | Film night | 电影之夜 | Dark | Projector, Blinds | Projector on, blinds down | 投影打开，窗帘放下
dinner | scene | Dinner for two | 双人晚餐 | Calm | Ceiling lamp | Table light and soft music | 餐桌灯和轻音乐
party | scene | Party lights | 派对灯 | Lively | Speakers, Ceiling lamp | Colours and loud music | 彩灯和响亮的音乐
games | scene | Game evening | 游戏之夜 | Lively | Ceiling lamp | Light over the table | 桌上的灯光
cook | scene | Cooking | 做饭 | Bright | Kitchen lights, Oven hood | Full light at the stove | 炉灶全亮
breakfast | scene | Breakfast light | 早餐灯 | Bright | Kitchen lights | Morning light, kettle on | 早晨的灯
wake | scene | Wake-up light | 唤醒灯 | Bright | Bedroom lamp | Light rises like the sun | 灯光像日出
slow | scene | Slow morning | 慢早晨 | Calm | Bedroom lamp | Dim light, radiator on | 微光和暖气
desk | scene | Desk work | 书桌工作 | Focused | Desk lamp | White light on the desk | 书桌上的白光
call | scene | Video call | 视频会议 | Focused, Bright | Screen light | Light on the face | 面部补光
yoga | scene | Yoga | 瑜伽 | Calm | Speakers, Floor lamp | Floor lamp and quiet sounds | 落地灯和轻声
workout | scene | Workout | 健身 | Lively | Speakers | Fast music | 快节奏的音乐
clean | scene | Cleaning music | 打扫音乐 | Lively | Speakers | Music in all rooms | 所有房间的音乐
shade | scene | Sun shade | 遮阳 | Calm | Blinds | Blinds half down against the sun | 窗帘半放挡住阳光
rain | scene | Rainy afternoon | 雨天午后 | Calm | Floor lamp | A lamp by the window while it rains | 下雨时窗边的灯
bath | scene | Bath time | 泡澡 | Calm | Bath lights | Low light in the bathroom | 浴室的弱光
home | scene | Coming home | 回家 | Bright | Hall light | Light from the door to the kitchen | 从门口到厨房的灯
away | scene | All off | 全部关闭 | Dark | Ceiling lamp | Everything off | 全部关灯
sleep | scene | Good night | 晚安 | Dark | Bedroom lamp | Lamps out one after the other | 灯一盏盏熄灭
night | scene | Night light | 夜灯 | Dark | Hall light | A faint light to the bathroom | 通往浴室的微光
unlock | lock | Unlock the front door | 打开前门 |  | Front door lock | Opens the lock | 开锁
lock | lock | Lock the front door | 锁上前门 |  | Front door lock | Closes the lock | 上锁
disarm | alarm | Disarm the alarm | 解除警报 |  | Alarm | Alarm off | 关闭警报
arm | alarm | Arm the alarm | 启动警报 |  | Alarm | Alarm on | 打开警报
heat | heating limit | Heating above its limit | 暖气超过上限 |  | Thermostat | 24 degrees | 24度
"""
SCENES = tuple(map(_scene, _SCENES.strip().splitlines()))
#: Kinds of items that are never to be proposed.
NEVER = ("lock", "alarm", "heating limit")


@dataclass(frozen=True)
class Slot:
    """A time of the day for which every resident has a habit.

    ``days``: weekdays, 0 is Monday. ``presence``, ``weather``: what must be the case; empty: anything. ``scenes``: a
    resident's own is drawn from these.
    """

    name: str
    hour: float
    days: tuple[int, ...]
    scenes: tuple[str, ...]
    presence: str = ""
    weather: str = ""


_WORK, _REST = (0, 1, 2, 3, 4), (5, 6)
SLOTS = (
    Slot("wake", 7.0, _WORK, ("wake", "breakfast", "workout")),
    Slot("work", 9.5, _WORK, ("desk", "call", "away")),
    Slot("return", 18.0, _WORK, ("home", "cook", "yoga")),
    Slot("evening alone", 20.5, (*_WORK, *_REST), ("candles", "fire", "tea", "nook"), presence="alone"),
    Slot("evening together", 20.5, (*_WORK, *_REST), ("film", "dinner", "party", "games"), presence="together"),
    Slot("weekend morning", 9.5, _REST, ("slow", "breakfast", "yoga")),
    Slot("sunny weekend", 14.0, _REST, ("shade", "clean", "workout"), weather="sunny"),
    Slot("rainy weekend", 14.0, _REST, ("rain", "bath", "nook"), weather="rainy"),
    Slot("night", 22.75, (*_WORK, *_REST), ("sleep", "night", "bath")),
)
#: What is done at the door every working day, and in the evening when it is cold: item → hour.
DOOR = {"lock": 8.5, "arm": 8.55, "unlock": 17.5, "disarm": 17.55}
HEATING, COLD = 21.5, "cold"
WEATHER = ("sunny", "rainy", COLD)

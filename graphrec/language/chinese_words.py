"""Chinese words of reviews that the lexicon of :mod:`graphrec.language.chinese_tone` lacks, and those around them."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Single characters and words, of a middling strength.
GOOD = _words("""
    好 棒 赞 爱 美 帅 值 爽 佳 神作 佳作 超值 很值 推荐 喜爱 好用 好听 好喝 好玩 好闻 顺手 省心 省电 舒适 耐看 耐用 回购
    五星 催泪 过瘾 惊艳 划算 实惠 及时 很快 飞快 流畅 安静 清楚 牢固 柔软 暖心 治愈 放心 贴合 给力 到位 动人 帅气 可爱
""")
BAD = _words("""
    差 烂 坏 糟 臭 脏 破 丑 假 骗 坑 吵 烦 闷 累 难 亏 贵 烂片 烂尾 差评 一星 退货 退款 破损 漏水 卡顿 死机 掉色 起球
    异味 太慢 太贵 太小 太大 太长 太吵 太短 难用 难听 难喝 难闻 难吃 难看 无语 白花 上当 受骗 弃剧 催眠 出戏 尴尬 断线
    掉线 坏了 裂 裂开 生锈 翻车 扣分 拖延 刺鼻 老套 注水 狗血 褪色 失灵 发霉 变质 噪音 忽悠 爽约 闷热
""")
#: Words that say nothing, though they hold one of those above.
NEITHER = _words("""
    好像 只好 好几 好多 正好 刚好 恰好 好在 最好 好奇 爱好 还好 做好 准备好 美国 美元 美术 爱情 爱情片 值班 价值 数值
    差不多 差别 差点 时差 出差 破案 破解 难道 难题 难免 累计 积累 假期 假日 放假 假如 假设 坑道 贵州 赞助 棒球 爱尔兰
    问题 作者 导演 主演 演员 编剧 处理 情节 人物 故事 一般 普通 平常 还行 凑合
""")
NOT = _words("""
    不 没 没有 无 未 别 不是 不会 不能 不够 不太 不怎么 不算 并不 并非 毫不 毫无 从不 从没 绝不 谈不上 算不上 称不上
    没什么 没那么 不那么 不再 很难 难以 缺乏 缺少 一点也不 一点都不 不觉得 没觉得 没让我
""")
VERY = _words("非常 极其 极为 十分 特别 超级 超 太 最 极 无比 相当 真的 实在 完全 绝对 万分")
RATHER = _words("很 真 挺 更 蛮 格外 尤其 越来越")
SLIGHTLY = _words("有点 有些 稍 稍微 略 略微 一点 还算 比较 较")

"""Names for people who have none: made up, and the same each time."""

from __future__ import annotations

import random


def _words(text: str) -> list[str]:
    return text.split()


FEMALE = _words(
    "Ada Alice Amara Amy Anna Beatrice Carmen Chloe Clara Daisy Diana Edith Elena Ella Emily Emma Esther Eva Fatima Fiona "
    "Grace Hannah Harper Hazel Helen Ida Irene Isabel Ivy Jade Jane Jasmine Joan Julia Karen Kate Laura Layla Leah Lena "
    "Lily Linda Lucy Luna Maria Martha Maya Mia Mila Mona Nadia Naomi Nina Nora Olga Olive Paula Priya Rachel Rosa Ruby "
    "Ruth Sara Selma Sonia Sophie Stella Susan Tara Teresa Una Vera Violet Willa Yara Zoe"
)
MALE = _words(
    "Aaron Adam Alan Amir Andre Anton Arthur Ben Boris Bruno Caleb Carl Carlos Cole Daniel David Diego Dylan Edgar Eli "
    "Elias Eric Ethan Evan Felix Finn Frank Gabriel George Hassan Henry Hugo Ian Isaac Ivan Jack James Jan Jason Jesse "
    "Joel John Jonas Jose Julian Karl Kevin Kyle Leo Leon Liam Luca Luis Marco Mark Martin Max Miguel Nathan Neil Noah "
    "Omar Oscar Owen Paul Pedro Peter Raj Ralph Ray Ruben Ryan Sam Sean Simon Theo Thomas Victor Walter Will Xavier"
)
LAST = _words(
    "Adams Alvarez Anderson Bailey Baker Barnes Bauer Bell Bennett Brooks Brown Burke Campbell Carter Castillo Chang Chen "
    "Clark Coleman Collins Cook Cooper Cruz Davis Diaz Doyle Edwards Ellis Evans Fischer Fisher Flores Ford Foster Fox "
    "Garcia Gibson Gomez Gordon Graham Grant Gray Green Griffin Gupta Hall Hamilton Harris Hayes Henderson Hill Howard "
    "Hughes Hunt Jackson James Jenkins Johnson Jones Jordan Kaur Kelly Kennedy Khan Kim King Klein Knight Kumar Lee Lewis "
    "Lopez Marshall Martin Martinez Mason Mendez Meyer Miller Mitchell Moore Morales Morgan Morris Murphy Myers Nelson "
    "Nguyen Novak Ortiz Owens Parker Patel Perez Perry Peterson Phillips Pierce Porter Powell Price Quinn Ramirez Reed "
    "Reyes Reynolds Richards Rivera Roberts Robinson Rodriguez Rogers Ross Russell Sanchez Sanders Santos Schmidt Scott "
    "Shah Shaw Silva Simmons Singh Smith Spencer Stevens Stewart Sullivan Taylor Thomas Thompson Torres Tran Tucker Turner "
    "Walker Wallace Ward Warren Watson Webb Weber Wells West White Williams Wilson Wood Wright Wu Young"
)

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆"
)
GIVEN_FEMALE = _words(
    "静 丽 敏 芳 娟 婷 玲 雪 慧 莹 欣怡 梓涵 诗涵 雨桐 思琪 佳宁 晓燕 春梅 秀英 若溪 一诺 语嫣 可心 明月 小满 云舒 知夏 清妍"
)
GIVEN_MALE = _words(
    "伟 强 磊 军 洋 勇 杰 涛 明 超 浩然 子轩 宇航 俊杰 志强 建国 文博 嘉豪 天佑 一鸣 思远 承志 家骏 立群 海波 景行 知行 国栋"
)


def english_name(rng: random.Random) -> tuple[str, str]:
    """("Rosa Martinez", "female")"""
    gender = "female" if rng.random() < 0.58 else "male"  # who holds a household's card
    return f"{rng.choice(FEMALE if gender == 'female' else MALE)} {rng.choice(LAST)}", gender


def chinese_name(rng: random.Random) -> tuple[str, str]:
    """("王梓涵", "female"); a surname's share falls with its rank."""
    gender = "female" if rng.random() < 0.64 else "male"
    surname = SURNAMES[min(int(rng.paretovariate(1.0)) - 1, len(SURNAMES) - 1)]
    return surname + rng.choice(GIVEN_FEMALE if gender == "female" else GIVEN_MALE), gender

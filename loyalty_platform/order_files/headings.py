"""Which of a file's columns is what: its own words, in Chinese or English, to ours."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

REQUIRED = ("number", "placed_at")
# What a shop's export calls each of our columns. Written without spaces, underscores and case.
_NAMES = {
    "number": "number order ordernumber orderno orderid ordername 订单号 订单编号 单号 交易单号 订单id 主订单编号",
    "placed_at": "placedat createdat orderdate orderedat date time datetime 下单时间 订单时间 创建时间 "
    "订单创建时间 日期 交易时间",
    "paid_at": "paidat paymentdate paymenttime 付款时间 支付时间 订单付款时间",
    "completed_at": "completedat finishedat fulfilledat 完成时间 交易完成时间 确认收货时间",
    "customer_number": "customernumber membernumber memberno customerno 会员号 会员编号 会员卡号",
    "external_id": "customer customerid externalid buyerid userid openid 客户id 用户id 买家id 客户编号 买家昵称",
    "phone": "phone mobile tel telephone phonenumber customerphone 手机 手机号 手机号码 联系电话 收货人手机 电话",
    "email": "email mail customeremail 邮箱 电子邮箱 电子邮件",
    "name": "customername buyername fullname 姓名 客户姓名 会员姓名 收货人 收货人姓名 买家姓名",
    "sku": "sku productid itemid productcode barcode skuid 商品编码 商品编号 商品id 货号 条码 规格编码",
    "product": "product productname item itemname title lineitemname 商品 商品名称 商品标题 品名 宝贝标题",
    "category": "category categorypath producttype department 类目 品类 分类 商品分类 商品类目",
    "brand": "brand vendor 品牌",
    "quantity": "quantity qty pieces count lineitemquantity 数量 购买数量 商品数量 件数",
    "unit_price": "unitprice price lineitemprice 单价 商品单价 价格 售价",
    "discount": "discount linediscount lineitemdiscount 优惠 商品优惠 优惠金额 折扣金额",
    "line_total": "linetotal amount subtotal paidamount netamount 小计 实付 实付金额 商品实付 成交金额",
    "order_discount": "orderdiscount discountamount coupondiscount 订单优惠 整单优惠 店铺优惠",
    "shipping": "shipping shippingfee freight postage 运费 邮费 快递费",
    "channel": "channel saleschannel 渠道 销售渠道 订单渠道",
    "currency": "currency 币种 货币",
}  # fmt: skip
_COLUMN = {name: column for column, names in _NAMES.items() for name in names.split()} | {
    column.replace("_", ""): column for column in _NAMES
}
_IGNORED = re.compile(r"[\s_\-/.:：*（）()]+")


def column_of(heading: str) -> str | None:
    """Ours for the file's heading, or None: what we do not know is passed over."""
    return _COLUMN.get(_IGNORED.sub("", unicodedata.normalize("NFKC", heading)).lower())


def columns_of(headings: Iterable[str]) -> dict[str, str]:
    """{the file's heading: our column}; of two headings for one column the first counts."""
    found: dict[str, str] = {}
    for heading in headings:
        column = column_of(heading)
        if column is not None and column not in found.values():
            found[heading] = column
    return found

"""Bulk shops: inserted into PostgreSQL directly, and into the listing by the services."""
from .measurement import note
from .stack import wait_until

DISTRICTS = (
    "dobong dongdaemun dongjak eunpyeong gangbuk gangdong gangnam gangseo geumcheon guro gwanak gwangjin jongno jung jungnang mapo nowon "
    "seocho seodaemun seongbuk seongdong songpa yangcheon yeongdeungpo yongsan"
).split()
CATEGORIES = "asian bunsik burger cafe chicken chinese dosirak fastfood japanese jokbal korean nightfood pizza salad steak stew western".split()
# The sorted set of all shops, and the marker of a completely built read model.
EVERY_SHOP, BUILT = "list:all:all:newest", "built"


def shop_id(number):
    """The id of the n-th shop, from 0; the scripts of pgbench and wrk derive the same ids from random numbers."""
    return f"00000000-0000-7000-8000-{number:012d}"


def load(stack, count):
    """Replaces all shops by `count` others, each with five menu items, and removes their events."""
    note(f"{count:,} shops into PostgreSQL")
    words = ["맛있는", "할머니", "원조", "우리동네", "황금", "행복한", "정직한", "새벽"]
    stack.sql(f"""
        TRUNCATE shops, menu_items, outbox RESTART IDENTITY CASCADE;
        INSERT INTO shops (id, owner_id, name, category, district, latitude, longitude, address, minimum_order, delivery_fee, status,
                           version, created_at, updated_at)
        SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, '{stack.owner}',
               ({array(words)})[1 + n % {len(words)}] || ' ' || ({array(CATEGORIES)})[1 + n / 25 % {len(CATEGORIES)}] || ' ' || n || '호점',
               ({array(CATEGORIES)})[1 + n / 25 % {len(CATEGORIES)}], ({array(DISTRICTS)})[1 + n % {len(DISTRICTS)}],
               37.45 + n % 200 * 0.001, 126.85 + n % 300 * 0.001, '서울특별시 테헤란로 ' || n, 10000 + n % 10 * 1000, n % 6 * 500,
               CASE WHEN n % 10 = 9 THEN 'closed' ELSE 'open' END, 1,
               now() - make_interval(secs => n), now() - make_interval(secs => n)
        FROM generate_series(0, {count - 1}) AS n;
        INSERT INTO menu_items (id, shop_id, name, price, description)
        SELECT ('00000000-0000-7000-a00' || item || right(shops.id::text, 13))::uuid, shops.id, '메뉴 ' || item, 5000 + item * 1500, '오늘의 추천 메뉴'
        FROM shops CROSS JOIN generate_series(1, 5) AS item;
        """)
    stack.sql("VACUUM ANALYZE")
    stack.sql("CHECKPOINT")
    stack.redis("events", "FLUSHALL")
    stack.redis("cache", "FLUSHALL")


def array(texts):
    return "ARRAY[" + ", ".join(f"'{text}'" for text in texts) + "]"


def migrate(stack):
    """Creates the tables by starting the shop service once."""
    with stack.shop():
        pass


def indexed_shops(stack):
    """The number of shops in the read model; 0 until it is completely built."""
    return int(stack.redis("cache", "ZCARD", EVERY_SHOP)) if stack.redis("cache", "EXISTS", BUILT) == "1" else 0


def rebuild(stack, count):
    """Empties the read model and waits until the running services have rebuilt it; returns the seconds."""
    stack.redis("cache", "FLUSHALL")
    return wait_until(lambda: indexed_shops(stack) == count, 300, f"a read model of {count} shops", every=0.05)


def prepare(stack, count):
    """Ensures `count` shops in PostgreSQL and in the read model."""
    if stack.sql("SELECT to_regclass('shops') IS NOT NULL") != "t":
        migrate(stack)
    if int(stack.sql("SELECT count(*) FROM shops WHERE deleted_at IS NULL")) != count:
        load(stack, count)
    if indexed_shops(stack) == count:
        return
    with stack.shop(), stack.listing():
        note(f"{count:,} shops into the read model: {rebuild(stack, count):.1f} s")

"""检查方式: on the spot, in writing, over the network, and together."""

# 综合运用书面检查、现场和网络监测等监管手段 (乌审旗 五（三）): one task may ask for several. Who goes
# to the place has a visit.
MODES = [
    ("onsite", "现场检查"),
    ("written", "书面检查"),
    ("network", "网络监测"),
    ("on+wr", "现场检查、书面检查"),
    ("on+net", "现场检查、网络监测"),
    ("wr+net", "书面检查、网络监测"),
    ("on+wr+net", "现场检查、书面检查、网络监测"),
]

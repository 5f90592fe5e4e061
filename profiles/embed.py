# SPDX-License-Identifier: MIT
"""The profiles as a table of C arrays: embed.py FILE... prints it, in the order of their names."""
import pathlib
import sys

paths = sorted(map(pathlib.Path, sys.argv[1:]))
print("/* SPDX-License-Identifier: MIT */\n/* Made by profiles/embed.py. */\n#include \"sim/profile.h\"\n")
for number, path in enumerate(paths):
    data = path.read_text(encoding="utf-8").encode("utf-8") + b"\0"
    print(f"static const char text_{number}[] = {{")
    for at in range(0, len(data), 32):
        print("\t" + " ".join(f"{byte if byte < 128 else byte - 256}," for byte in data[at:at + 32]))
    print("};\n")
print("const struct profile_text profile_texts[] = {")
for number, path in enumerate(paths):
    print(f'\t{{"{path.stem}", text_{number}}},')
print("\t{NULL, NULL},\n};")

"""数据交换: what comes in, what goes out, and how each of them does, in words."""

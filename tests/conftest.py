pytest_plugins = ["hhu_base.testing"]

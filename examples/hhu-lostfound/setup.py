"""失物招领, as a distribution of its own: install it beside hhu-services, name it in the ini file."""

from setuptools import find_namespace_packages, setup

setup(
    name="hhu-lostfound",
    version="1.0.0",
    description="失物招领：河海大学计信院教师微服务系统的插件",
    python_requires=">=3.11",
    # Namespace packages, because migrations/ has no __init__.py and is to come along.
    packages=find_namespace_packages(include=["hhu_lostfound", "hhu_lostfound.*"]),
    install_requires=["hhu-services"],
    extras_require={"test": ["hhu-services[embedded,testing]", "beautifulsoup4"]},
    entry_points={"hhu.plugins": ["lostfound = hhu_lostfound"]},
)

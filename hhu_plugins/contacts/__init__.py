"""contacts 通讯录: everybody's contact data, searched and sorted, and one's own colleagues."""

from hhu_plugins.contacts import demo, directory, django_import, search


def includeme(config) -> None:
    config.declare_settings(directory.COLLEAGUES)
    config.registry["contacts.colleagues"] = directory.COLLEAGUES.read(config.get_settings())
    config.scan("hhu_plugins.contacts.api")
    config.include("hhu_plugins.contacts.pages")
    config.include(search)
    config.add_demo(demo.load)
    config.add_django_import(django_import.take_friends, django_import.MODEL)

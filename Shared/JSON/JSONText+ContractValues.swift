public import Contracts

/// The values that the contracts' aggregates are made of, alone and as members of an object.
extension JSONText {
  /// Writes `{"amount":23000,"currency":"KRW"}`.
  public mutating func value(_ money: Money) {
    beginObject()
    add("amount", money.amount)
    add("currency", "KRW")
    endObject()
  }

  /// Writes `{"latitude":37.5,"longitude":126.9}`.
  public mutating func value(_ location: Location) {
    beginObject()
    key("latitude")
    raw(location.latitude.description.utf8)
    key("longitude")
    raw(location.longitude.description.utf8)
    endObject()
  }

  /// Writes `{"average":4.5,"count":12}`.
  public mutating func value(_ rating: Rating) {
    beginObject()
    key("average")
    raw(rating.average.description.utf8)
    add("count", Int64(rating.count))
    endObject()
  }

  /// Adds a member that is an identifier's text.
  public mutating func add(_ name: String, _ id: Identifier) {
    add(name, id.description)
  }

  /// Adds a member that is an RFC 3339 time.
  public mutating func add(_ name: String, _ time: Timestamp) {
    add(name, time.rfc3339)
  }

  /// Adds a member that is a string or `null`.
  public mutating func add(_ name: String, _ text: String?) {
    key(name)
    if let text { value(text) } else { null() }
  }

  /// Adds a member that is an amount of money.
  public mutating func add(_ name: String, _ money: Money) {
    key(name)
    value(money)
  }

  /// Adds a member that is a location.
  public mutating func add(_ name: String, _ location: Location) {
    key(name)
    value(location)
  }

  /// Adds a member that is an address with its location.
  public mutating func add(_ name: String, _ address: Address) {
    key(name)
    beginObject()
    add("address", address.address)
    add("location", address.location)
    endObject()
  }

  /// Adds a member that is the array of an order's items.
  public mutating func add(_ name: String, _ items: [OrderItem]) {
    key(name)
    beginArray()
    for item in items {
      beginObject()
      add("menuItemId", item.menuItemId)
      add("name", item.name)
      add("price", item.price)
      add("quantity", Int64(item.quantity))
      endObject()
    }
    endArray()
  }

  /// Adds a member that is the array of an aggregate's status changes.
  public mutating func add<Status: RawRepresentable<String>>(_ name: String, _ timeline: [StatusChange<Status>]) {
    key(name)
    beginArray()
    for change in timeline {
      beginObject()
      add("version", change.version)
      add("status", change.status.rawValue)
      add("at", change.at)
      endObject()
    }
    endArray()
  }
}

import Contracts
import LoadClient
import NIOCore
import NIOHTTP1
import SampleShops
import Telemetry

/// What the steps of the tour are made of.
extension ShopTour {
  static let newShop = NewShop(
    name: "달빛대문치킨 Lumière 성수점", category: .chicken, district: .seongdong,
    location: Location(latitude: 37.544_6, longitude: 127.055_9), address: "서울특별시 성동구 뚝섬로 273, 1층 (성수동)",
    minimumOrder: Money(amount: 15_000), deliveryFee: Money(amount: 3000), status: .open,
    menu: [
      NewMenuItem(name: "후라이드치킨", price: Money(amount: 19_000), description: "두 번 튀겨 오래 바삭해요"),
      NewMenuItem(name: "양념치킨", price: Money(amount: 20_500)),
    ])

  /// A write in the owner's name.
  func write(
    _ method: HTTPMethod, _ path: String, _ body: (some Encodable & Sendable)?, expecting status: Int
  ) async throws -> Answer {
    let answer = try await shop.call(method, path, as: owner, json: body)
    narration.call(method.rawValue, path, answer, service: "shop", as: owner)
    return try answer.expecting(status, of: "\(method.rawValue) \(path)")
  }

  /// Waits for the event of a write and for its effect in the listing, side by side, and tells of both.
  func follow(
    _ answer: Answer, version: Int64, of id: Identifier, change: String, _ delays: inout [MeasuredDelay]
  ) async throws -> ShopView {
    async let event = events.event(of: id, sequence: version, within: Self.patience)
    let (page, polls) = try await listing.waitFor(version: version, of: id, within: Self.patience)
    let delay = MeasuredDelay(
      change: change, version: version, answer: answer, event: try await event, shown: page.received)
    if version == 1 { narration.event(try await event) } else { narration.eventLine(try await event) }
    narration.call("GET", "/listings/\(id)", page, service: "shop-listing", as: nil)
    narration.shown("at version \(version) \(delay.sentence), at look \(polls)")
    delays.append(delay)
    return try page.decode(ShopView.self)
  }

  /// Tells where in its list the shop stands, once that is where its status puts it.
  func showPlace(of id: Identifier, status: ShopStatus) async throws {
    let place: Place = try await eventually("the shop as \(status.rawValue) at its place in the list") {
      let found = try await self.place(of: id)
      return found?.status == status && found?.isRight == true ? found : nil
    }
    narration.call("GET", Self.listPath, place.answer, service: "shop-listing", as: customer)
    let position = "place \(place.number) of \(place.count)"
    narration.shown(
      status == .open
        ? "at \(position), newest first" : "at \(position), as \(status.rawValue), behind every open shop")
  }

  /// The shop's place in the list of its district, or nil when it isn't in it.
  func place(of id: Identifier) async throws -> Place? {
    var cards: [CardView] = []
    var path = Self.listPath
    while true {
      let answer = try await listing.call(.GET, path, as: customer, isFresh: true).expecting(200, of: "GET \(path)")
      let page = try answer.decode(Page<CardView>.self)
      cards += page.items
      guard let cursor = page.nextCursor else {
        return cards.firstIndex { $0.id == id }.map { Place(cards: cards, index: $0, answer: answer) }
      }
      path = "\(Self.listPath)&cursor=\(percentEncoded(cursor))"
    }
  }

  /// The first hundred shops of the district that a search finds.
  func found(_ query: String) async throws -> (answer: Answer, cards: [CardView]) {
    let path = "/search?q=\(percentEncoded(query))&district=seongdong&limit=100"
    let answer = try await listing.call(.GET, path, as: customer, isFresh: true).expecting(200, of: "GET \(path)")
    return (answer, try answer.decode(Page<CardView>.self).items)
  }

  /// Asks again and again until there is an answer.
  ///
  /// - Throws: `NotShownError` after `patience`.
  @discardableResult
  func eventually<Result>(_ what: String, _ look: () async throws -> Result?) async throws -> Result {
    let deadline = ContinuousClock.now + Self.patience
    repeat {
      if let result = try await look() { return result }
      try await Task.sleep(for: listing.pause, tolerance: .zero)
    } while ContinuousClock.now < deadline
    throw NotShownError(what: what, patience: Self.patience)
  }

  func check(_ holds: Bool, _ what: String) throws {
    if !holds { throw NotShownError(what: what + ", though it has the version,", patience: Self.patience) }
  }

  func percentEncoded(_ text: String) -> String {
    text.utf8.reduce(into: "") { encoded, byte in
      let character = Character(Unicode.Scalar(byte))
      if byte < 0x80 && (character.isLetter || character.isNumber || "-._~".contains(character)) {
        encoded.append(character)
      } else {
        encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
  }

  private static let listPath = "/listings?district=seongdong&category=chicken&sort=newest&limit=100"
}

/// Where a shop stands in a list.
struct Place {
  /// From 1.
  let number: Int
  let count: Int
  let status: ShopStatus
  /// An open shop stands before all that are not, another one behind all that are.
  let isRight: Bool
  let answer: Answer

  init(cards: [CardView], index: Int, answer: Answer) {
    number = index + 1
    count = cards.count
    status = cards[index].status
    isRight =
      status == .open
      ? cards[..<index].allSatisfy { $0.status == .open } : cards[index...].allSatisfy { $0.status != .open }
    self.answer = answer
  }
}

extension MeasuredDelay {
  /// Must be made right after the change was seen, since it reads the clock to place `shown` on the event's time scale.
  init(change: String, version: Int64, answer: Answer, event: SeenEvent, shown: ContinuousClock.Instant) {
    self.change = change
    self.version = version
    self.event = max(0, answer.received.duration(to: event.arrived).inMilliseconds)
    self.shown = max(0, answer.received.duration(to: shown).inMilliseconds)
    let age = shown.duration(to: .now).inMilliseconds
    sinceEventTime = event.time.map { Double(Timestamp.now().milliseconds(since: $0)) - age }.map { max(0, $0) }
  }

  /// `4.8 ms after the answer, 7.1 ms after the event's time`.
  var sentence: String {
    let first = "\(shown.text(decimals: 1)) ms after the answer"
    return sinceEventTime.map { "\(first), \($0.text(decimals: 1)) ms after the event's time" } ?? first
  }
}

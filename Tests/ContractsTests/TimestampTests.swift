import Contracts
import Testing

struct TimestampTests {
  @Test(
    "A timestamp and its RFC 3339 text convert into each other",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"),
      (1, "1970-01-01T00:00:00.001Z"),
      (-1, "1969-12-31T23:59:59.999Z"),
      (-86_400_000, "1969-12-31T00:00:00.000Z"),
      (951_782_400_000, "2000-02-29T00:00:00.000Z"),
      (951_868_800_000, "2000-03-01T00:00:00.000Z"),
      (1_709_164_800_123, "2024-02-29T00:00:00.123Z"),
      (1_767_322_984_678, "2026-01-02T03:03:04.678Z"),
      (1_767_225_599_999, "2025-12-31T23:59:59.999Z"),
      (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
      (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
      (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"),
      (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
      (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ] as [(Int64, String)])
  func roundTrip(milliseconds: Int64, text: String) throws {
    #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
    #expect(try #require(Timestamp(rfc3339: text)).milliseconds == milliseconds)
  }

  @Test("Every day of four centuries is read back from its own text")
  func everyDay() {
    let noon: Int64 = 43_200_000
    let wrong = (0..<146_097).first { day in
      let time = Timestamp(milliseconds: Int64(day - 70_000) * 86_400_000 + noon)
      return Timestamp(rfc3339: time.rfc3339) != time
    }
    #expect(wrong == nil)
  }

  @Test(
    "Anything but milliseconds in UTC, and any invalid date, is rejected",
    arguments: [
      "", "2026", "2026-01-02", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.6Z", "2026-01-02T03:04:05.678",
      "2026-01-02T03:04:05.678z",
      "2026-01-02t03:04:05.678Z", "2026-01-02 03:04:05.678Z", "2026-01-02T03:04:05,678Z", "2026-01-02T03:04:05.678+00:00",
      "2026-01-02T03:04:05.6789Z", "2026-00-02T03:04:05.678Z", "2026-13-02T03:04:05.678Z", "2026-01-00T03:04:05.678Z",
      "2026-01-32T03:04:05.678Z", "2026-02-29T03:04:05.678Z", "2024-02-30T03:04:05.678Z", "2100-02-29T00:00:00.000Z",
      "1900-02-29T00:00:00.000Z", "2026-04-31T00:00:00.000Z", "2026-01-02T24:04:05.678Z", "2026-01-02T03:60:05.678Z",
      "2026-01-02T03:04:60.678Z", "-026-01-02T03:04:05.678Z", "2026-1 -02T03:04:05.678Z", "+026-01-02T03:04:05.678Z",
      "２026-01-02T03:04:05.67Z",
    ])
  func refused(text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }

  @Test("Timestamps are ordered, and their difference may be negative")
  func order() {
    let (early, late) = (Timestamp(milliseconds: -5), Timestamp(milliseconds: 20))
    #expect(early < late)
    #expect(late.milliseconds(since: early) == 25)
    #expect(early.milliseconds(since: late) == -25)
    #expect([late, early].sorted().map(\.rfc3339) == [early, late].map(\.rfc3339).sorted())
  }

  @Test("In JSON a timestamp is its text, and anything else is rejected")
  func json() throws {
    #expect(try encoded([Timestamp(milliseconds: 0)]) == #"["1970-01-01T00:00:00.000Z"]"#)
    #expect(try decoded(#"["1970-01-01T00:00:00.000Z"]"#, as: [Timestamp].self) == [Timestamp(milliseconds: 0)])
    #expect(throws: DecodingError.self) { try decoded("[0]", as: [Timestamp].self) }
    #expect(throws: DecodingError.self) { try decoded(#"["yesterday"]"#, as: [Timestamp].self) }
  }
}

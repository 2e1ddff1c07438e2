import Testing

@testable import Events
@testable import Redis

@Suite("The lag of a group")
struct ConsumerLagTests {
  @Test(
    "A group that has received the last entry has no lag, whatever the server counts",
    arguments: [
      ("7-0", "7-0", 5871, 0), ("7-1", "7-0", 5871, 0), ("10-0", "9-5", nil, 0), ("7-0", nil, 5871, 0),
      ("7-0", "7-1", 1, 1), ("9-0", "10-0", 3, 3), ("7-0", "8-0", nil, nil),
    ] as [(String, String?, Int?, Int?)])
  func lag(_ delivered: String, _ last: String?, _ counted: Int?, _ expected: Int?) {
    let group = RedisStreamGroup(name: "rider", consumers: 1, pending: 0, lastDeliveredID: delivered, lag: counted)
    #expect(group.lag(behind: last) == expected)
  }
}

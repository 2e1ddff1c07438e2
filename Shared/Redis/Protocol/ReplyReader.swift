internal import CHiredis
internal import NIOCore

/// Parses replies with hiredis's incremental parser; arrays nest as deep as hiredis allows (seven levels in 0.14).
///
/// hiredis calls back for each parsed object, depth first; the values are built here directly, so hiredis's own reply type is
/// never allocated. Bulk strings within the bytes fed last are slices of them. Used by one event loop only.
final class ReplyReader {
  private struct OpenArray {
    var values: [RedisValue]
    var missing: Int
  }

  /// hiredis frees an empty buffer that is larger than this, so that one huge reply does not hold its memory for ever.
  /// (Its default, 16 kB, would reallocate for every page; 0 would never free.)
  private static let keptBuffer = 1 << 20

  private let parser: UnsafeMutablePointer<redisReader>
  private var fed = ByteBuffer()
  private var open: [OpenArray] = []
  private var finished: RedisValue?

  init() throws(RedisError) {
    guard let parser = redisReaderCreateWithFunctions(objectFunctions.pointer) else {
      throw RedisError(.protocolViolation, "no memory for a reply parser")
    }
    self.parser = parser
    parser.pointee.maxbuf = Self.keptBuffer
    // Unretained: this object owns the parser, which calls back only from within `next()`.
    parser.pointee.privdata = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit {
    redisReaderFree(parser)
  }

  /// Feeds bytes read from the socket; every complete reply must be taken by ``next()`` before the next call.
  func feed(_ bytes: ByteBuffer) throws(RedisError) {
    fed = bytes
    let result = bytes.withUnsafeReadableBytes { raw in
      redisReaderFeed(parser, raw.baseAddress?.assumingMemoryBound(to: CChar.self), raw.count)
    }
    guard result == REDIS_OK else { throw failure() }
  }

  /// The next complete reply, or nil if more bytes are needed. After an error the connection is unusable.
  func next() throws(RedisError) -> RedisValue? {
    var reply: UnsafeMutableRawPointer?
    guard redisReaderGetReply(parser, &reply) == REDIS_OK else { throw failure() }
    guard reply != nil else {
      // Releases the socket buffer while a reply is incomplete: hiredis has its own copy.
      fed = ByteBuffer()
      return nil
    }
    defer { finished = nil }
    return finished
  }

  private func failure() -> RedisError {
    let text = withUnsafeBytes(of: parser.pointee.errstr) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return RedisError(.protocolViolation, text)
  }

  // MARK: Callbacks of hiredis

  fileprivate func bytes(_ start: UnsafeMutablePointer<CChar>, _ length: Int) -> ByteBuffer {
    guard length > 0, let buffer = parser.pointee.buf else { return ByteBuffer() }
    // The bytes fed last are the last bytes of hiredis's buffer, so positions are counted from its end.
    let fromEnd = buffer + parser.pointee.len - start
    let index = fed.readableBytes - fromEnd
    if index >= 0, let slice = fed.getSlice(at: fed.readerIndex + index, length: length) {
      return slice
    }
    return ByteBuffer(bytes: UnsafeRawBufferPointer(start: start, count: length))
  }

  fileprivate func beginArray(count: Int) {
    guard count > 0 else { return add(.array([])) }
    var values: [RedisValue] = []
    values.reserveCapacity(min(count, 4096))
    open.append(OpenArray(values: values, missing: count))
  }

  fileprivate func add(_ value: RedisValue) {
    var value = value
    while let last = open.indices.last {
      open[last].values.append(value)
      open[last].missing -= 1
      guard open[last].missing == 0 else { return }
      value = .array(open.removeLast().values)
    }
    finished = value
  }
}

/// Returned to hiredis as the created object; never dereferenced.
private var token: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: 1) }

private typealias ReadTask = UnsafePointer<redisReadTask>

private func reader(of task: ReadTask?) -> ReplyReader? {
  guard let pointer = task?.pointee.privdata else { return nil }
  return Unmanaged<ReplyReader>.fromOpaque(pointer).takeUnretainedValue()
}

/// The callbacks, at one address for all parsers.
///
/// `@unchecked Sendable`: written once before it is shared, only read afterwards.
private struct ObjectFunctions: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<redisReplyObjectFunctions>

  init() {
    var functions = redisReplyObjectFunctions()
    functions.createString = { task, start, length in
      guard let task, let start, let reader = reader(of: task) else { return nil }
      switch task.pointee.type {
      case REDIS_REPLY_STRING: reader.add(.bulk(reader.bytes(start, length)))
      case REDIS_REPLY_ERROR: reader.add(.error(RedisError(reply: text(start, length))))
      default: reader.add(.simple(text(start, length)))
      }
      return token
    }
    functions.createArray = { task, count in
      guard let reader = reader(of: task) else { return nil }
      reader.beginArray(count: Int(count))
      return token
    }
    functions.createInteger = { task, number in
      guard let reader = reader(of: task) else { return nil }
      reader.add(.integer(number))
      return token
    }
    functions.createNil = { task in
      guard let reader = reader(of: task) else { return nil }
      reader.add(.null)
      return token
    }
    functions.freeObject = { _ in }
    pointer = .allocate(capacity: 1)
    pointer.initialize(to: functions)
  }
}

private let objectFunctions = ObjectFunctions()

private func text(_ start: UnsafeMutablePointer<CChar>, _ length: Int) -> String {
  String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
}

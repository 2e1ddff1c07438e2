import Redis

extension RedisScript {
  /// Writes one version of a document to its order's record, or removes it, unless the stored version is as new.
  ///
  /// `KEYS`: the order's record, the hash of versions. `ARGV`: the record's field, the document's id (16 bytes), its version, the
  /// order's id (16 bytes), the compact document (empty if deleted). Returns 1 if it wrote.
  ///
  /// A changed status moves an order within the lists of its customer and its shop; these and the placement time never change.
  static let part = RedisScript(
    """
    local part, id, version, order, document = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
    local held = redis.call('HGET', KEYS[2], id)
    if held and tonumber(held) >= tonumber(version) then return 0 end
    if part == 'o' then
      local before = redis.call('HGET', KEYS[1], 'o')
      local first = before or document
      local was, is = before and string.sub(before, 1, 1) or '', string.sub(document, 1, 1)
      if was ~= is then
        local position = string.sub(first, 2, 7) .. order
        local customer = '\(HistoryKeys.customerPrefix)' .. string.sub(first, 8, 23)
        local shop = '\(HistoryKeys.shopPrefix)' .. string.sub(first, 24, 39)
        for _, list in ipairs({customer, shop}) do
          if was ~= '' then redis.call('ZREM', list, was .. position) end
          if is ~= '' then redis.call('ZADD', list, 0, is .. position) end
          if was == '' then redis.call('ZADD', list, 0, '\\0' .. position) end
          if is == '' then redis.call('ZREM', list, '\\0' .. position) end
        end
      end
    end
    if document == '' then
      redis.call('HDEL', KEYS[1], part)
    else
      redis.call('HSET', KEYS[1], part, document)
    end
    redis.call('HSET', KEYS[2], id, version)
    return 1
    """)
}

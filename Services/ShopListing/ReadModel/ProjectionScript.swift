import Contracts
import Redis

extension RedisScript {
  /// Writes one version of a shop to its documents, lists and search index, or removes it from all of them, unless the stored
  /// version is as new.
  ///
  /// `KEYS`: the shop's hash, its card. `ARGV`: id, version, and unless the shop was deleted: head and menu of its documents, `0`
  /// open or `1`, district, category, the sort keys `newest` and `fee`, search words, search terms separated by newlines. Returns
  /// 1 if it wrote.
  ///
  /// Only members that differ are written, so that unchanged lists aren't invalidated in near caches. The fields `rating`,
  /// `ratingKey`, `reviewsKey` and `ratingVersion` are written by ``rating`` and only read here. The hash of a deleted shop keeps
  /// the versions as a tombstone, so that no older state can overwrite it.
  static let projection = RedisScript(
    """
    local id, version, head = ARGV[1], ARGV[2], ARGV[3]
    local held = redis.call('HMGET', KEYS[1], 'version', 'state', 'district', 'category', 'newest', 'fee', 'terms',
      'rating', 'ratingKey', 'reviewsKey', 'ratingVersion')
    if held[1] and tonumber(held[1]) >= tonumber(version) then return 0 end
    local rating = held[8] or '\(ShopRecord.rating(.none))'
    local ratingKey = held[9] or '\(SortKey.rating(.none))'
    local reviewsKey = held[10] or '\(SortKey.reviews(.none))'

    local function positions(state, district, category, newest, fee)
      local found = {}
      if not state then return found end
      local sorts = {newest = newest, fee = fee, rating = ratingKey, reviews = reviewsKey}
      for sort, key in pairs(sorts) do
        local member = state .. key .. ':' .. id
        for _, d in ipairs({'all', district}) do
          for _, c in ipairs({'all', category}) do
            found['\(ReadModelKeys.listPrefix)' .. d .. ':' .. c .. ':' .. sort] = member
          end
        end
      end
      return found
    end

    local function members(state, terms)
      local found = {}
      if not state then return found end
      for term in string.gmatch(terms, '[^\\n]+') do found[term .. '\\0' .. state .. id] = true end
      return found
    end

    local function missing(from, other)
      local list = {}
      for member in pairs(from) do
        if not other[member] then list[#list + 1] = member end
      end
      return list
    end

    local state, district, category, newest, fee, terms = ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[11]
    local old, new = positions(held[2], held[3], held[4], held[5], held[6]), positions(state, district, category, newest, fee)
    for key, member in pairs(old) do
      if new[key] ~= member then redis.call('ZREM', key, member) end
    end
    for key, member in pairs(new) do
      if old[key] ~= member then redis.call('ZADD', key, 0, member) end
    end

    if held[2] ~= (state or false) or held[3] ~= (district or false) or held[7] ~= (terms or false) then
      local was, is = members(held[2], held[7]), members(state, terms)
      local same = held[3] == district
      local removed, added = missing(was, same and is or {}), missing(is, same and was or {})
      if #removed > 0 then redis.call('ZREM', '\(ReadModelKeys.searchPrefix)' .. held[3], unpack(removed)) end
      if #added > 0 then
        local scored = {}
        for _, member in ipairs(added) do
          scored[#scored + 1] = 0
          scored[#scored + 1] = member
        end
        redis.call('ZADD', '\(ReadModelKeys.searchPrefix)' .. district, unpack(scored))
      end
    end

    if head then
      redis.call('HSET', KEYS[1], 'version', version, 'state', state, 'district', district, 'category', category,
        'newest', newest, 'fee', fee, 'terms', terms, 'words', ARGV[10], 'head', head, 'menu', ARGV[4],
        'rating', rating, 'ratingKey', ratingKey, 'reviewsKey', reviewsKey)
      redis.call('SET', KEYS[2], head .. ',"rating":' .. rating .. '}')
    else
      redis.call('DEL', KEYS[1], KEYS[2])
      redis.call('HSET', KEYS[1], 'version', version)
      if held[11] then redis.call('HSET', KEYS[1], 'ratingVersion', held[11]) end
    end
    return 1
    """)
}

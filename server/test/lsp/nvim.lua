-- Drives the language server from Neovim: a client that is not ours. Works with 0.7 (Debian 12) and newer.
-- nvim --clean --headless -c "luafile nvim.lua", with NODE, SERVER, FILE and OUT in the environment.
local file, out = os.getenv('FILE'), os.getenv('OUT')
local res = { nvim = vim.version().major .. '.' .. vim.version().minor }
local active = vim.lsp.get_clients or vim.lsp.get_active_clients

local function finish(code)
  for _, c in pairs(active()) do c.stop() end -- graceful: shutdown, then exit
  vim.wait(5000, function() return res.exit ~= nil end, 20)
  local f = assert(io.open(out, 'w'))
  f:write(vim.fn.json_encode(res))
  f:close()
  vim.cmd(code == 0 and 'qall!' or 'cquit')
end

local ok, err = xpcall(function()
  vim.cmd('edit ' .. vim.fn.fnameescape(file))
  local buf = vim.api.nvim_get_current_buf()
  vim.bo[buf].filetype = 'scrub'
  local published
  local function wait(enough, what)
    assert(vim.wait(20000, function() return published ~= nil and enough(published.diagnostics) end, 10), what)
  end
  local id = vim.lsp.start_client({
    name = 'scrub',
    cmd = { os.getenv('NODE'), os.getenv('SERVER'), 'lsp', '--stdio' },
    root_dir = vim.fn.fnamemodify(file, ':h'),
    handlers = {
      ['textDocument/publishDiagnostics'] = function(e, result, ctx, config)
        published = result
        vim.lsp.handlers['textDocument/publishDiagnostics'](e, result, ctx, config)
      end,
    },
    on_exit = function(code, signal) res.exit = { code = code, signal = signal } end,
  })
  assert(id, 'client did not start')
  assert(vim.lsp.buf_attach_client(buf, id), 'attach failed')
  wait(function(list) return #list > 0 end, 'no diagnostics')
  res.diagnostics = vim.tbl_map(function(d) return { line = d.lnum, col = d.col, message = d.message, code = d.code, source = d.source } end, vim.diagnostic.get(buf))

  local function ask(method, params)
    local answers, e = vim.lsp.buf_request_sync(buf, method, params, 20000)
    assert(answers, method .. ': ' .. tostring(e))
    local a = answers[id]
    assert(a and not a.err and not a.error, method .. ' failed: ' .. vim.inspect(a))
    return a.result
  end
  local function at(pattern)
    vim.fn.cursor(1, 1)
    assert(vim.fn.search(pattern, 'W') > 0, 'no ' .. pattern)
    return vim.lsp.util.make_position_params(0, 'utf-16')
  end
  local doc = { uri = vim.uri_from_bufnr(buf) }

  -- the misspelt place is corrected: the incremental change must reach the server and clear the error
  published = nil
  vim.cmd([[%s/\/AA/\/A/]])
  wait(function(list) return #list == 0 end, 'error not cleared')

  res.hover = ask('textDocument/hover', at([[A   = z1]])).contents.value
  res.lenses = vim.tbl_map(function(l) return l.command.title end, ask('textDocument/codeLens', { textDocument = doc }))
  res.symbols = vim.tbl_map(function(s) return s.name end, ask('textDocument/documentSymbol', { textDocument = doc }))

  -- complete a place
  vim.fn.cursor(1, 1)
  vim.fn.search([["\/A"]], 'W')
  local params = vim.lsp.util.make_position_params(0, 'utf-16')
  params.position.character = params.position.character + 2
  local completion = ask('textDocument/completion', params)
  res.completion = vim.tbl_map(function(i) return i.label end, completion.items or completion)

  local rename = at([[A   = z1]])
  rename.newName = 'first'
  local edit = ask('textDocument/rename', rename)
  vim.lsp.util.apply_workspace_edit(edit, 'utf-16')
  res.renamed = vim.api.nvim_buf_get_lines(buf, 0, -1, false)

  vim.lsp.util.apply_text_edits(ask('textDocument/formatting', { textDocument = doc, options = { tabSize = 2, insertSpaces = true } }) or {}, buf, 'utf-16')
  res.formatted = vim.api.nvim_buf_get_lines(buf, 0, -1, false)

  -- the lens' command: evaluate
  published = nil
  local evaluated = ask('workspace/executeCommand', { command = 'scrub.evaluate', arguments = { { uri = doc.uri, hypothesis = 'or of two' } } })
  res.evaluated = { status = evaluated.status, recovered = evaluated.report and evaluated.report.recovered.value }
  res.lensesAfter = vim.tbl_map(function(l) return l.command.title end, ask('textDocument/codeLens', { textDocument = doc }))
  res.ok = true
end, debug.traceback)
if not ok then res.ok = false; res.error = err end
finish(ok and 0 or 1)

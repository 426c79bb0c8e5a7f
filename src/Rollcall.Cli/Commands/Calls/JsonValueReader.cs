using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>Takes JSON values out of a stream one by one, each as soon as it is complete. Between them is white space, or nothing.</summary>
/// <param name="input">The stream.</param>
/// <param name="name">What it is, for messages.</param>
/// <param name="maxBytes">Largest value. By default 1 GB: a text that is longer than a little more has no room in memory.</param>
internal sealed class JsonValueReader(Stream input, string name, int maxBytes = 1_000_000_000)
{
    /// <summary>More than the nesting that messages may have, so that the codec is who refuses it.</summary>
    public const int MaxDepth = 512;

    // A value of at most so many bytes is parsed whenever more of it has come.
    private const int SmallBytes = 16 * 1024;

    private static readonly JsonReaderOptions s_options = new() { AllowMultipleValues = true, MaxDepth = MaxDepth };

    // Windows' programs put it in front of UTF-8.
    private static readonly byte[] s_mark = [0xef, 0xbb, 0xbf];

    private byte[] _buffer = new byte[SmallBytes];
    private int _start;
    private int _end;
    private int _taken;
    private bool _isFinal;

    // Of the value that begins at _start: how much of it the parser was given last, and where its brackets and texts stand after so many bytes.
    private int _parsed;
    private int _scanned;
    private int _depth;
    private bool _isInText;
    private bool _isEscaped;

    // Of what begins at _start, counted from one and in characters, as a person does.
    private int _line = 1;
    private int _column = 1;

    /// <summary>Bytes that the parser was given, those that it was given again included.</summary>
    public long ParsedBytes { get; private set; }

    // No JSON starts with these bytes: it is the mark, of which more is to come.
    private bool IsPartOfMark => _taken == 0 && !_isFinal && _end - _start < s_mark.Length && _buffer[_start] == s_mark[0];

    /// <exception cref="CommandFailure">What comes is no JSON, or a value is too large.</exception>
    public async IAsyncEnumerable<JsonElement> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            SkipWhiteSpace();
            if (_start < _end && !IsPartOfMark && IsWorthParsing() && TryTake(out var value))
            {
                yield return value;
            }
            else if (_isFinal)
            {
                yield break;
            }
            else
            {
                MakeRoom();
                // A terminal cannot be told to stop reading, so that waiting for it has to be given up.
                var read = await input.ReadAsync(_buffer.AsMemory(_end), cancellationToken).AsTask().WaitAsync(cancellationToken);
                _isFinal = read == 0;
                _end += read;
            }
        }
    }

    private void SkipWhiteSpace()
    {
        if (_taken == 0 && _buffer.AsSpan(_start, _end - _start).StartsWith(s_mark))
        {
            _start += s_mark.Length;
        }

        var rest = _buffer.AsSpan(_start, _end - _start);
        Pass(rest.Length - rest.TrimStart(" \t\r\n"u8).Length);
    }

    private void Pass(int count)
    {
        (_line, _column) = PlaceAfter(count);
        _start += count;
    }

    /// <summary>The place behind so many of the bytes that come next.</summary>
    private (int Line, int Column) PlaceAfter(int count)
    {
        var passed = _buffer.AsSpan(_start, count);
        var lines = passed.Count((byte)'\n');
        var last = passed[(passed.LastIndexOf((byte)'\n') + 1)..];
        var column = lines == 0 ? _column : 1;
        foreach (var octet in last)
        {
            // Each character of UTF-8 has one byte that does not go on with another one.
            column += (octet & 0xc0) == 0x80 ? 0 : 1;
        }

        return (_line + lines, column);
    }

    /// <summary>
    /// The parser begins anew each time. A long value is given to it when it may be whole, and when it has doubled: a mistake is told before
    /// everything has come.
    /// </summary>
    private bool IsWorthParsing()
    {
        var length = _end - _start;
        return length <= SmallBytes || length >= 2L * _parsed || _isFinal || MayBeWhole();
    }

    /// <summary>Goes on to the next place where, by brackets, quotes and white space, the value may end; false: there is none yet.</summary>
    private bool MayBeWhole()
    {
        var value = _buffer.AsSpan(_start, _end - _start);
        while (_scanned < value.Length)
        {
            var octet = value[_scanned++];
            if (_isEscaped)
            {
                _isEscaped = false;
            }
            else if (_isInText)
            {
                _isEscaped = octet == '\\';
                _isInText = octet != '"';
            }
            else
            {
                _isInText = octet == '"';
                _depth += octet switch { (byte)'{' or (byte)'[' => 1, (byte)'}' or (byte)']' => -1, _ => 0 };
            }

            if (_depth <= 0 && !_isInText && octet is (byte)'}' or (byte)']' or (byte)'"' or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                return true;
            }
        }

        return false;
    }

    private bool TryTake(out JsonElement value)
    {
        value = default;
        _parsed = _end - _start;
        ParsedBytes += _parsed;
        try
        {
            var reader = new Utf8JsonReader(_buffer.AsSpan(_start, _end - _start), _isFinal, new JsonReaderState(s_options));
            if (!JsonElement.TryParseValue(ref reader, out var parsed))
            {
                return false;
            }

            value = parsed.Value;
            Pass((int)reader.BytesConsumed);
            _taken++;
            (_parsed, _scanned, _depth, _isInText, _isEscaped) = (0, 0, 0, false, false);
            return true;
        }
        catch (JsonException failure)
        {
            var (offset, words) = JsonMistake.Find(_buffer.AsSpan(_start, _end - _start), failure);
            var (line, column) = PlaceAfter(offset);
            throw new CommandFailure(
                $"{name}{(_taken == 0 ? "" : $", value {_taken + 1}")} is no JSON: line {line}, column {column}: {words}.", ExitCode.Usage, failure);
        }
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end >= maxBytes)
        {
            throw new CommandFailure($"{name}: value {_taken + 1} is longer than the {maxBytes} bytes that one may have. Send less in one message.", ExitCode.Usage);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)Math.Min(2L * _buffer.Length, maxBytes));
        }
    }
}

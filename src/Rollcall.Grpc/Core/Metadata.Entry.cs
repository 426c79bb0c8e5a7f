using System.Buffers;
using System.Text;

namespace Grpc.Core;

public sealed partial class Metadata
{
    /// <summary>One key with its value. Immutable.</summary>
    public sealed class Entry
    {
        private static readonly SearchValues<char> s_keyCharacters = SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyz_-.");

        private readonly string? _value;
        private readonly byte[]? _bytes;

        /// <summary>A binary entry. The bytes are copied.</summary>
        /// <exception cref="ArgumentException">The key is not a valid one or does not end in <c>-bin</c>.</exception>
        public Entry(string key, byte[] valueBytes)
        {
            ArgumentNullException.ThrowIfNull(valueBytes);
            Key = NormalizeKey(key);
            if (!HasBinarySuffix(Key))
            {
                throw new ArgumentException($"The key '{Key}' of a binary value must end in '{BinaryHeaderSuffix}'.", nameof(key));
            }

            _bytes = valueBytes.AsSpan().ToArray();
        }

        /// <summary>A text entry.</summary>
        /// <exception cref="ArgumentException">
        /// The key is not a valid one or ends in <c>-bin</c>, or the value holds more than printable ASCII.
        /// </exception>
        public Entry(string key, string value)
        {
            ArgumentNullException.ThrowIfNull(value);
            Key = NormalizeKey(key);
            if (HasBinarySuffix(Key))
            {
                throw new ArgumentException($"The key '{Key}' ends in '{BinaryHeaderSuffix}' and takes bytes, not text.", nameof(key));
            }

            if (value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                throw new ArgumentException($"The value of '{Key}' holds more than printable ASCII; send it as bytes under a key that ends in '{BinaryHeaderSuffix}'.", nameof(value));
            }

            _value = value;
        }

        // From the wire: checked by the caller, not copied.
        private Entry(string key, string? value, byte[]? bytes)
        {
            Key = key;
            _value = value;
            _bytes = bytes;
        }

        /// <summary>The key in lower case.</summary>
        public string Key { get; }

        /// <summary>The value as bytes: a copy of a binary value, or the ASCII of a text value.</summary>
        public byte[] ValueBytes => _bytes is null ? Encoding.ASCII.GetBytes(_value!) : _bytes.AsSpan().ToArray();

        /// <summary>The value as text.</summary>
        /// <exception cref="InvalidOperationException">The entry is binary; read <see cref="ValueBytes"/>.</exception>
        public string Value =>
            _value ?? throw new InvalidOperationException($"The metadata entry '{Key}' is binary; read ValueBytes.");

        /// <summary>True when the key ends in <c>-bin</c>.</summary>
        public bool IsBinary => _value is null;

        internal ReadOnlySpan<byte> BinaryValue => _bytes;

        /// <inheritdoc />
        public override string ToString() => IsBinary ? $"[Entry: key={Key}, {_bytes!.Length} bytes]" : $"[Entry: key={Key}, value={_value}]";

        internal static bool HasBinarySuffix(string key) => key.EndsWith(BinaryHeaderSuffix, StringComparison.OrdinalIgnoreCase);

        internal static bool IsValidKey(string key) => key.Length > 0 && !key.AsSpan().ContainsAnyExcept(s_keyCharacters);

        internal static Entry FromWire(string key, string value) => new(key, value, null);

        internal static Entry FromWire(string key, byte[] bytes) => new(key, null, bytes);

        private static string NormalizeKey(string key)
        {
            ArgumentNullException.ThrowIfNull(key);
#pragma warning disable CA1308 // HTTP/2 header names are lower case (RFC 9113 8.2.1)
            var lower = key.ToLowerInvariant();
#pragma warning restore CA1308
            return IsValidKey(lower)
                ? lower
                : throw new ArgumentException($"'{key}' is no metadata key; use letters, digits, '_', '-' and '.' only.", nameof(key));
        }
    }
}

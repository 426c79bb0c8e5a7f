using Google.Protobuf;

namespace Rollcall.LoadTest.Calls;

/// <summary>What all contenders send.</summary>
internal static class Messages
{
    public const int Size = 100;

    public static Payload Payload { get; } = new() { Data = ByteString.CopyFrom(new byte[Size]) };

    public static void Check(Payload answer)
    {
        if (answer.Data.Length != Size)
        {
            throw new InvalidOperationException($"An answer has {answer.Data.Length} bytes, not {Size}.");
        }
    }

    public static void CheckCount(int messages, int expected)
    {
        if (messages != expected)
        {
            throw new InvalidOperationException($"{messages} messages came, not {expected}.");
        }
    }
}

using Google.Protobuf;
using Google.Protobuf.Reflection;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Grpc.Tests.Dynamic;

/// <summary>Random messages: the same JSON as Google.Protobuf's formatter, and from its JSON the same bytes.</summary>
public sealed class AgainstGeneratedCodeTests
{
    private const int Rounds = 300;

    private static readonly TypeRegistry s_types = TypeRegistry.FromFiles(
        EverythingReflection.Descriptor, EchoReflection.Descriptor, Google.Protobuf.WellKnownTypes.EmptyReflection.Descriptor);

    private static readonly JsonParser s_parser = new(JsonParser.Settings.Default.WithTypeRegistry(s_types));

    public static TheoryData<bool, bool> Cases => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Decode_GivesTheFormattersJson(bool legacy, bool defaults)
    {
        var formatter = new JsonFormatter(JsonFormatter.Settings.Default.WithTypeRegistry(s_types).WithFormatDefaultValues(defaults));
        ForRandomMessages(legacy, message => Dynamics.AssertSameJson(formatter.Format(message), Dynamics.Decode(Type(legacy), message.ToByteArray(), defaults)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Encode_GivesTheMessageThatTheJsonCameFrom(bool legacy)
    {
        var formatter = new JsonFormatter(JsonFormatter.Settings.Default.WithTypeRegistry(s_types));
        ForRandomMessages(legacy, message =>
        {
            var bytes = Dynamics.Encode(Type(legacy), formatter.Format(message));

            Assert.Equal(message.ToByteArray(), bytes);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void DecodedJson_IsReadByTheParser(bool legacy) => ForRandomMessages(
        legacy, message => Assert.Equal(message, s_parser.Parse(Dynamics.Decode(Type(legacy), message.ToByteArray()), message.Descriptor)));

    private static MessageDescriptor Type(bool legacy) => legacy ? Dynamics.Legacy : Dynamics.Everything;

    private static void ForRandomMessages(bool legacy, Action<IMessage> check)
    {
        for (var seed = 0; seed < Rounds; seed++)
        {
            var message = new RandomMessages(new Random(seed)).Create(legacy ? Legacy.Descriptor : Everything.Descriptor);
            try
            {
                check(message);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}.", e);
            }
        }
    }
}

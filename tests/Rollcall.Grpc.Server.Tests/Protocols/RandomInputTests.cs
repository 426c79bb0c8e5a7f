using System.Buffers;
using System.Text;
using Grpc.Core;
using Rollcall.Grpc.Server.Protocols;
using Rollcall.Grpc.Server.Tests.Library;

namespace Rollcall.Grpc.Server.Tests.Protocols;

/// <summary>Input that nobody would write, from fixed seeds: it is read or refused, and nothing else happens.</summary>
public sealed class RandomInputTests
{
    private const int Runs = 20_000;

    [Fact]
    public void MutatedBody_IsReadOrRefusedAsInvalid()
    {
        string[] seeds =
        [
            """{"name":"n","int32Value":7,"uint64_value":"18446744073709551615","floatValue":1.5e3,"bytesValue":"AQI=","genre":"GENRE_NOVEL","genres":[1,"GENRE_ESSAY"]}""",
            """{"place":{"shelf":1,"neighbours":[{"room":"x"},{}]},"at":"2020-01-01T00:00:00.5Z","age":"1.5s","mask":"a.b,cD","labels":{"k":"v"}}""",
            """{"text":"t","count":"5","switch":true,"left":"l","maybe":null,"doubleValue":"NaN","numbers":[1,2,3]}""",
        ];
        var random = new Random(11);
        var json = new MessageJson([LibraryReflection.Descriptor], writesDefaults: true);
        var refused = 0;
        for (var run = 0; run < Runs; run++)
        {
            var body = Mutate(random, Encoding.UTF8.GetBytes(seeds[run % seeds.Length]));
            try
            {
                _ = json.Parse(new ReadOnlySequence<byte>(body), Query.Descriptor, run % 5 == 0 ? Query.Descriptor.FindFieldByName("place") : null);
            }
            catch (RpcException exception)
            {
                Assert.Equal(StatusCode.InvalidArgument, exception.StatusCode);
                refused++;
            }
        }

        Assert.InRange(refused, 1, Runs - 1);
    }

    [Fact]
    public void RandomText_IsAValueOfAFieldOrNot()
    {
        string[] seeds = ["true", "-12", "1.5e3", "18446744073709551615", "GENRE_NOVEL", "AQI=", "2020-01-01T00:00:00.5Z", "1.5s", "a.b,cD", "NaN"];
        var random = new Random(12);
        var taken = 0;
        for (var run = 0; run < Runs; run++)
        {
            var text = Encoding.Latin1.GetString(Mutate(random, Encoding.Latin1.GetBytes(seeds[run % seeds.Length])));
            foreach (var field in Query.Descriptor.Fields.InFieldNumberOrder())
            {
                Assert.True(FieldPath.TryResolve(Query.Descriptor, field.Name, jsonFirst: true, out var path, out _));
                taken += path.TrySet(new Query(), text, out _) ? 1 : 0;
            }
        }

        Assert.InRange(taken, 1, int.MaxValue);
    }

    [Fact]
    public void MutatedTemplate_IsARouteOrRefused()
    {
        var random = new Random(13);
        var read = 0;
        for (var run = 0; run < Runs; run++)
        {
            var text = Encoding.Latin1.GetString(Mutate(random, "/v1/{a.b=shelves/*/books/**}/{c}/x%20y:move"u8.ToArray()));
            if (PathTemplate.TryParse(text, out var template, out _))
            {
                _ = PathTemplateRoute.Create(template);
                _ = PathTemplateRoute.GetShape(template);
                read++;
            }
        }

        Assert.InRange(read, 1, Runs - 1);
    }

    [Fact]
    public void MutatedBase64_IsDecodedOrRefused()
    {
        var random = new Random(14);
        var decoded = 0;
        for (var run = 0; run < Runs; run++)
        {
            var text = Mutate(random, "AAAAAAkKB2hlbGxv4oCm"u8.ToArray());
            var cut = random.Next(text.Length + 1);
            var input = ByteSegment.Join(text[..cut], text[cut..]);
            decoded += Base64Quads.TryDecode(ref input, new ArrayBufferWriter<byte>()) ? 1 : 0;
        }

        Assert.InRange(decoded, 1, Runs - 1);
    }

    // A few bytes changed, doubled or taken out.
    private static byte[] Mutate(Random random, byte[] seed)
    {
        var bytes = seed.ToList();
        for (var i = random.Next(4); i > 0 && bytes.Count > 0; i--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 6), bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 12), bytes.Count - at)));
                    break;
                default:
                    bytes[at] = "{}[]\",:*/=0129.-eE"u8[random.Next(18)];
                    break;
            }
        }

        return [.. bytes];
    }
}

using Rollcall.Dns;
using Rollcall.Dns.Records;

namespace Rollcall.Agent.Dns;

// SRV records, and what belongs to them.
internal sealed partial class ServiceAnswers
{
    private (int Count, bool Shortened) WriteServers(ref DnsAnswer answer, scoped InstanceDraw draw, uint ttl, DnsScratch scratch)
    {
        if (TryWriteWhole(ref answer, draw, ttl, scratch, out var all))
        {
            return (all, false);
        }

        scratch.Answered.Begin();
        scratch.Targets.Begin();
        var addresses = DnsMessageWriter.Fragment(scratch.Fragment);
        var (count, wanted, limit) = (0, 0, Limit(answer));
        for (var drawn = 0; drawn < draw.Count; drawn++)
        {
            var instance = AsAsked(answer, draw.Next(drawn));
            if (!scratch.Answered.Add(instance.ServerKey))
            {
                continue;
            }

            wanted++;
            if (count == wanted - 1 && count < limit && TryWriteServer(ref answer, ref addresses, instance, ttl, scratch, count))
            {
                count++;
            }
            else if (wanted > limit || !answer.IsSmall)
            {
                break;
            }
        }

        while (wanted > limit && count > 1 && answer.Writer.UncompressedLength + addresses.UncompressedLength > answer.Room)
        {
            count--;
            answer.Writer.Undo(scratch.Marks[count]);
            addresses.Undo(scratch.FragmentMarks[count]);
        }

        answer.Writer.Limit = Math.Max(answer.Room, answer.Writer.Length + addresses.Length);
        answer.Writer.TryAppend(addresses);
        return (count, count < wanted);
    }

    /// <summary>All servers, and behind them of each its addresses and its node's metadata, also if another one has the same.</summary>
    /// <returns>False: that is too much, and nothing was written.</returns>
    private bool TryWriteWhole(ref DnsAnswer answer, scoped InstanceDraw draw, uint ttl, DnsScratch scratch, out int count)
    {
        count = 0;
        ref var writer = ref answer.Writer;
        writer.Limit = answer.Room;
        var (mark, limit) = (writer.Mark(), Limit(answer));
        var offsets = scratch.TargetOffsets(draw.Count);
        for (var drawn = 0; drawn < draw.Count; drawn++)
        {
            var instance = AsAsked(answer, draw.Next(drawn));
            offsets[drawn] = 0;
            if (!scratch.Answered.Add(instance.ServerKey))
            {
                continue;
            }

            if (count == limit || !writer.TryWriteSrv(DnsSection.Answer, answer.Asked, ttl, 1, instance.Weight, instance.Port, DnsSettings.Name(instance.Target)))
            {
                return writer.Undo(mark);
            }

            offsets[drawn] = writer.TargetOffset;
            count++;
        }

        scratch.Nodes.Begin();
        for (var drawn = 0; drawn < draw.Count; drawn++)
        {
            if (offsets[drawn] != 0
                && !(TryWriteHost(ref answer, AsAsked(answer, draw[drawn]), offsets[drawn], ttl, scratch)
                    && TryWriteTexts(ref answer, draw[drawn].Node, ttl, scratch)))
            {
                return writer.Undo(mark);
            }
        }

        return true;
    }

    private bool TryWriteHost(ref DnsAnswer answer, DnsInstance instance, int offset, uint ttl, DnsScratch scratch)
    {
        var target = DnsSettings.Name(instance.Target);
        if (instance.Address is { } address)
        {
            return answer.Writer.TryWriteAddress(DnsSection.Additional, DnsOwner.At(target, offset), ttl, address);
        }

        foreach (var record in FindHost(answer, target, scratch))
        {
            if (!HostRecords.TryWrite(ref answer.Writer, DnsSection.Additional, record, ttl))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryWriteTexts(ref DnsAnswer answer, DnsNode node, uint ttl, DnsScratch scratch)
    {
        if (!settings.NodeMetaText || node.Texts.Length == 0)
        {
            return true;
        }

        ref var offset = ref scratch.NodeOffset(node.Key);
        if (scratch.Nodes.Add(node.Key))
        {
            offset = 0;
        }

        foreach (var text in node.Texts)
        {
            if (!answer.Writer.TryWriteText(DnsSection.Additional, DnsOwner.At(DnsSettings.Name(node.Name), offset), ttl, text))
            {
                return false;
            }

            offset = answer.Writer.OwnerOffset;
        }

        return true;
    }

    private bool TryWriteServer(
        ref DnsAnswer answer, ref DnsMessageWriter addresses, DnsInstance instance, uint ttl, DnsScratch scratch, int count)
    {
        answer.Writer.Limit = count == 0 ? int.MaxValue : answer.Room - addresses.Length;
        if (count < scratch.Marks.Length)
        {
            scratch.FragmentMarks[count] = addresses.Mark();
        }

        var target = DnsSettings.Name(instance.Target);
        ref var writer = ref Keep(ref answer, scratch, count);
        var before = writer.Mark();
        if (!writer.TryWriteSrv(DnsSection.Answer, answer.Asked, ttl, 1, instance.Weight, instance.Port, target))
        {
            return false;
        }

        if (!scratch.Targets.Add(instance.TargetKey))
        {
            return true;
        }

        // The address of the target comes behind all answers, and must have room there before the next one is added.
        var addressesBefore = addresses.Mark();
        addresses.Limit = count == 0 ? ushort.MaxValue : answer.Room - writer.Length;
        if (instance.Address is { } address)
        {
            return addresses.TryWriteAddress(DnsSection.Additional, DnsOwner.At(target, writer.TargetOffset), ttl, address) || writer.Undo(before);
        }

        foreach (var record in FindHost(answer, target, scratch))
        {
            if (!HostRecords.TryWrite(ref addresses, DnsSection.Additional, record, ttl))
            {
                return addresses.Undo(addressesBefore) || writer.Undo(before);
            }

            // Of several addresses one, where something has to be left out.
            if (record is AddressRecord)
            {
                break;
            }
        }

        return true;
    }
}
